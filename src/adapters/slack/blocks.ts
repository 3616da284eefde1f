import type { types } from '@slack/bolt';
import type { Action, Card, Tone } from '../../core/card/card.ts';
import { chartInWords, plainLine, toneInWords } from '../../core/card/plain-text.ts';
import { cut, cutFront } from '../../core/card/words.ts';
import { cutMarkup } from './cut-markup.ts';
import { context, section } from './elements.ts';
import { limits } from './limits.ts';
import { type AccountsOf, escapeText, mrkdwnLine, mrkdwnLink } from './mrkdwn.ts';
import { encodePress } from './press.ts';

/** A card as Slack takes it: blocks, and a text for notifications and screen readers. */
export interface SlackMessage {
  text: string;
  blocks: types.KnownBlock[];
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

/** Room that is kept for buttons' labels and confirmations, links and the progress line. */
const reserved = 3_200;

/** Draws a card within Slack's limits; what does not fit is cut, the tail first, and says so. */
export function messageOf(card: Card, accountsOf: AccountsOf): SlackMessage {
  const title = cutMarkup(mrkdwnLine(card.title, accountsOf), limits.sectionText);
  const chart = (card.chart === undefined ? [] : chartInWords(card.chart)).slice(0, limits.contextElements);
  const lines = card.lines.map((line) => mrkdwnLine(line, accountsOf));
  let room = limits.allText - reserved - title.length;
  const texts = chunks(lines, room);
  room -= texts.reduce((sum, text) => sum + text.length, 0);
  return {
    text: fallback(card),
    blocks: [
      section(title),
      ...progress(card),
      ...texts.map(section),
      ...(chart.length === 0 ? [] : [context(chart.map((line) => cut(escapeText(line), 300)))]),
      ...tail(card, room),
      ...actionsBlock(card.actions, card.drawnAt),
      ...links(card),
    ],
  };
}

function fallback(card: Card): string {
  const lines = [card.title, ...card.lines].map((line) => plainLine(line));
  return escapeText(cut(lines.join('\n'), limits.fallbackText / 2));
}

function progress({ progress, tone }: Card): types.KnownBlock[] {
  if (progress === undefined || progress.total === 0) return [];
  const done = Math.min(10, Math.floor((10 * progress.done) / progress.total));
  const words = toneInWords(tone);
  const said = `${progress.done} of ${progress.total}${words === '' ? '' : ` · ${words}`}`;
  return [context([`${squares[tone].repeat(done)}${'⬜'.repeat(10 - done)} ${said}`])];
}

/** Lines put together into texts of at most a section's length, `room` in all. */
function chunks(lines: readonly string[], room: number): string[] {
  const texts: string[] = [];
  let left = room;
  for (const line of lines) {
    if (left < 100) return [...texts.slice(0, -1), `${texts.at(-1) ?? ''}\n…`];
    const fits = cutMarkup(line, Math.min(left, limits.sectionText - 2));
    const last = texts.at(-1);
    if (last !== undefined && last.length + fits.length + 3 <= limits.sectionText) {
      texts[texts.length - 1] = `${last}\n${fits}`;
    } else if (fits.trim() !== '') texts.push(fits);
    left -= fits.length + 1;
  }
  return texts;
}

function tail({ tail }: Card, room: number): types.KnownBlock[] {
  if (tail === undefined || tail.text.trim() === '') return [];
  const title = `*${escapeText(cut(tail.title, 200).replaceAll('*', '∗'))}*`;
  const space = Math.min(room, limits.sectionText) - title.length - 10;
  if (space < 100) return [];
  return [section(`${title}\n\`\`\`${lastOf(tail.text.replaceAll('```', "'''"), space)}\`\`\``)];
}

/** The end of a text that still fits when it is escaped. */
function lastOf(text: string, space: number): string {
  const escaped = escapeText(text);
  if (escaped.length <= space) return escaped;
  const kept = cutFront(escaped, space);
  return kept.replace(/^…[a-z]{1,4};/, '…');
}

/** Buttons in a row; none of them, no block. */
export function actionsBlock(actions: readonly Action[], drawnAt: number | undefined): types.ActionsBlock[] {
  const buttons = actions
    .slice(0, limits.actionElements)
    .flatMap((action, index) => button(action, index, drawnAt));
  return buttons.length === 0 ? [] : [{ type: 'actions', elements: buttons }];
}

function button(action: Action, index: number, drawnAt: number | undefined): types.Button[] {
  const value = encodePress(action, drawnAt);
  if (value === undefined) return [];
  const confirm = action.ask === undefined ? confirmation(action) : undefined;
  const drawn: types.Button = {
    type: 'button',
    action_id: `cutover:${index}`,
    text: { type: 'plain_text', text: cut(action.label, limits.buttonLabel), emoji: false },
    value,
    ...(action.style === undefined ? {} : { style: action.style }),
    ...(confirm === undefined ? {} : { confirm }),
  };
  return [drawn];
}

/** Slack's own dialog. A button that asks for a word opens a modal instead, which confirms too. */
function confirmation({ confirm, style }: Action): types.ConfirmationDialog | undefined {
  if (confirm === undefined) return undefined;
  return {
    title: { type: 'plain_text', text: cut(confirm.title, limits.confirmTitle) },
    text: { type: 'plain_text', text: cut(confirm.text, limits.confirmText) },
    confirm: { type: 'plain_text', text: cut(confirm.ok, limits.confirmButton) },
    deny: { type: 'plain_text', text: 'Cancel' },
    ...(style === undefined ? {} : { style }),
  };
}

function links({ links }: Card): types.KnownBlock[] {
  const drawn = links.slice(0, 10).map(({ label, href }) => mrkdwnLink(cut(label, 75), href));
  return drawn.length === 0 ? [] : [context([cutMarkup(drawn.join(' · '), limits.sectionText)])];
}
