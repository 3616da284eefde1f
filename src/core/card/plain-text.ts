import { measure } from '../monitor/words.ts';
import { type Panel, panelsOf } from '../rollout/chart.ts';
import type { Chart } from '../rollout/event.ts';
import type { Card, Line, Span, Tone } from './card.ts';

const toneWords: Readonly<Record<Tone, string>> = {
  running: 'Running',
  waiting: 'Waiting',
  doubt: 'In doubt',
  bad: 'Trouble',
  undone: 'Rolled back',
  watch: 'Watching',
  good: 'Done',
  plain: '',
};

/** What a tone says, for readers who see no colour; empty for a plain card. */
export function toneInWords(tone: Tone): string {
  return toneWords[tone];
}

/** A card as plain lines: for the terminal, logs and notifications. Times are in UTC unless `time` writes them. */
export function plainText(card: Card, time: (iso: string) => string = utc): string[] {
  const lines = [card.title, ...card.lines].map((line) => plainLine(line, time));
  return [
    ...lines.slice(0, 1),
    ...(card.progress === undefined ? [] : [progressBar(card.progress)]),
    ...lines.slice(1),
    ...(card.chart === undefined ? [] : chartInWords(card.chart)),
    ...(card.tail === undefined ? [] : [`${card.tail.title}:`, ...card.tail.text.split('\n')]),
    ...(card.actions.length === 0 ? [] : [card.actions.map(({ label }) => `[${label}]`).join(' ')]),
    ...(card.links.length === 0
      ? []
      : [card.links.map(({ label, href }) => `${label}: ${href}`).join(' · ')]),
  ];
}

/** One line without any mark-up. */
export function plainLine(line: Line, time: (iso: string) => string = utc): string {
  return line.map((span) => plainSpan(span, time)).join('');
}

function plainSpan(span: Span, time: (iso: string) => string): string {
  if (typeof span === 'string') return span;
  if ('bold' in span) return span.bold;
  if ('italic' in span) return span.italic;
  if ('code' in span) return span.code;
  if ('link' in span) return span.link;
  if ('person' in span) return span.ping === true ? `@${span.name}` : span.name;
  return time(span.time);
}

/** `14:31 UTC`, with the day when a reader could mistake it. */
export function utc(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

/** Ten squares, filled as far as the work is done. */
export function progressBar({ done, total }: { done: number; total: number }): string {
  const filled = total === 0 ? 0 : Math.min(10, Math.floor((10 * done) / total));
  return `${'■'.repeat(filled)}${'□'.repeat(10 - filled)} ${done} of ${total}`;
}

const squares: Readonly<Record<Tone, string>> = {
  running: '🟦',
  waiting: '🟨',
  doubt: '🟧',
  bad: '🟥',
  undone: '🟪',
  watch: '🟦',
  good: '🟩',
  plain: '⬛',
};

/** The same in the colour of the card's tone, with the tone in words for readers who see no colour; '' without progress. */
export function colouredProgress({ progress, tone }: Card): string {
  if (progress === undefined || progress.total === 0) return '';
  const done = Math.min(10, Math.floor((10 * progress.done) / progress.total));
  const words = toneInWords(tone);
  const said = `${progress.done} of ${progress.total}${words === '' ? '' : ` · ${words}`}`;
  return `${squares[tone].repeat(done)}${'⬜'.repeat(10 - done)} ${said}`;
}

const bars = '▁▂▃▄▅▆▇█';
const barsShown = 24;

/** A chart in words: its title, and each series' course as a row of bars, its last value, and its limit. */
export function chartInWords(chart: Chart): string[] {
  const lines = panelsOf(chart).flatMap(({ series, unit, limit }) =>
    series.map(({ name, points }) => ({ name, says: courseInWords(points, unit, limit) })),
  );
  const [only] = lines;
  if (only === undefined) return [`${chart.title}: no data`];
  if (lines.length > 1) return [chart.title, ...lines.map(({ name, says }) => `${name}: ${says}`)];
  return [`${only.name === chart.title ? '' : `${chart.title}, `}${only.name}: ${only.says}`];
}

function courseInWords(points: Panel['series'][number]['points'], unit: string, limit?: number): string {
  const last = points.at(-1);
  if (last === undefined) return 'no data';
  const bound = limit === undefined ? '' : ` (limit ${measure(limit, unit)})`;
  return `${sparkline(points.map(([, value]) => value))} ${measure(last[1], unit, limit)}${bound}`;
}

function sparkline(values: readonly number[]): string {
  const shown = values.slice(-barsShown).map((value) => (Number.isFinite(value) ? value : 0));
  const low = Math.min(0, ...shown);
  const height = Math.max(...shown) - low;
  return shown
    .map((value) => bars.charAt(height === 0 ? 0 : Math.round(((value - low) / height) * 7)))
    .join('');
}
