import wrapAnsi from 'wrap-ansi';
import type { Card, ThreadView, Tone } from '../../core/card/card.ts';
import { chartInWords, progressBar, toneInWords } from '../../core/card/plain-text.ts';
import { drawLine, type Paint, printable } from './spans.ts';

const colours = {
  running: 'blue',
  waiting: 'yellow',
  doubt: 'magenta',
  bad: 'red',
  undone: 'yellow',
  watch: 'cyan',
  good: 'green',
  plain: 'gray',
} as const satisfies Record<Tone, string>;

/** The last lines of a step's output that are shown. */
const tailShown = 6;

export interface Frame {
  /** Columns. */
  width: number;
  paint: Paint;
}

/** A card as lines without a frame: the tone in words, what it says, its buttons in brackets. */
export function drawCard(card: Card, paint: Paint): string[] {
  const tone = toneInWords(card.tone);
  const mark = tone === '' ? '' : ` ${paint([colours[card.tone], 'inverse'], ` ${tone} `)}`;
  return [
    `${drawLine(card.title, paint)}${mark}`,
    ...(card.progress === undefined ? [] : [paint(colours[card.tone], progressBar(card.progress))]),
    ...card.lines.map((line) => drawLine(line, paint)),
    ...(card.chart === undefined ? [] : chartInWords(card.chart).map(printable)),
    ...tailOf(card),
    ...(card.actions.length === 0 ? [] : [buttonsOf(card, paint)]),
    ...(card.links.length === 0 ? [] : [linksOf(card, paint)]),
  ];
}

function tailOf({ tail }: Card): string[] {
  if (tail === undefined) return [];
  const lines = tail.text.trimEnd().split('\n').slice(-tailShown);
  return [`${printable(tail.title)}:`, ...lines.map((line) => `  ${printable(line)}`)];
}

function buttonsOf({ actions }: Card, paint: Paint): string {
  const colour = { primary: 'green', danger: 'red' } as const;
  const button = ({ label, style }: Card['actions'][number]) =>
    paint(style === undefined ? 'bold' : ['bold', colour[style]], `[ ${printable(label)} ]`);
  return actions.map(button).join(' ');
}

function linksOf({ links }: Card, paint: Paint): string {
  return paint('dim', links.map(({ label, href }) => `${printable(label)}: ${printable(href)}`).join(' · '));
}

/**
 * A thread in at most `rows` lines: the root card with a bar in its colour, the replies under it. Where they
 * don't fit, the oldest replies are left out and counted; the root card is always there.
 */
export function drawThread({ root, replies }: ThreadView, frame: Frame & { rows: number }): string[] {
  const bar = frame.paint(colours[root.tone], '┃ ');
  const top = drawCard(root, frame.paint).flatMap((line) => wrapped(line, frame.width, bar, bar));
  const drawn = replies.map(({ card }) => drawReply(card, frame));
  const room = Math.max(0, frame.rows - top.length - 1);
  let kept = drawn;
  while (kept.length > 0 && kept.flat().length > room) kept = kept.slice(1);
  const left = drawn.length - kept.length;
  const note =
    left === 0 ? [] : [frame.paint('dim', `  ⋮ ${left} earlier ${left === 1 ? 'reply' : 'replies'}`)];
  return [...top, ...note, ...kept.flat()];
}

/** A reply: its title, with what stands under it indented. The thread's colour bar and the words carry the tone. */
export function drawReply(card: Card, { width, paint }: Frame): string[] {
  const lines = drawCard({ ...card, tone: 'plain' }, paint);
  return lines.flatMap((line, index) =>
    wrapped(line, width, index === 0 ? paint('dim', '  ├ ') : paint('dim', '  │   '), paint('dim', '  │   ')),
  );
}

function wrapped(line: string, width: number, first: string, rest: string): string[] {
  return wrapAnsi(line, Math.max(20, width - 6), { hard: true })
    .split('\n')
    .map((piece, index) => `${index === 0 ? first : rest}${piece}`);
}
