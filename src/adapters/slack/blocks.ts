import type { types } from '@slack/bolt';
import type { Action, Card } from '../../core/card/card.ts';
import { isBlank, presentableAtMost } from '../../core/card/outside-text.ts';
import { chartInWords, colouredProgress, plainLine, toneInWords } from '../../core/card/plain-text.ts';
import { cut, list } from '../../core/card/words.ts';
import { buttonsOf, labelOf } from './buttons.ts';
import { chunks, cutMarkup } from './cut-markup.ts';
import { context, section } from './elements.ts';
import { limits } from './limits.ts';
import { type AccountsOf, escapeText, mrkdwnLine, mrkdwnLink } from './mrkdwn.ts';
import { leftOut, type OutputFile, tailBlocks } from './tail.ts';

/** A card as Slack takes it: blocks, and a text for notifications and screen readers. */
export interface SlackMessage {
  text: string;
  blocks: types.KnownBlock[];
}

/** Files of Slack's that stand for parts of a card. */
export interface Attached {
  /** The id of the chart's picture; without it the chart is told in words. */
  picture?: string;
  /** Where all of the output is, of which the message shows the end. */
  output?: OutputFile;
}

/** Room for the line that leads to a file. */
const fileNote = 2_200;

/** Draws a card within Slack's limits; what does not fit is cut, the tail first, and says so. */
export function messageOf(card: Card, accountsOf: AccountsOf, attached: Attached = {}): SlackMessage {
  const { head, foot, room } = drawn(card, accountsOf, attached);
  const tail = tailBlocks(card.tail, room, attached.output);
  return { text: fallback(card), blocks: [...head, ...tail, ...foot] };
}

/** The output that the message of this card would not show whole; undefined when it shows all that there is. */
export function outputLeftOut(card: Card, accountsOf: AccountsOf): string | undefined {
  return card.tail === undefined ? undefined : leftOut(card.tail, drawn(card, accountsOf, {}).room);
}

/** All but the tail, and how many characters are left for that. */
function drawn(card: Card, accountsOf: AccountsOf, { picture }: Attached) {
  const { blocks: buttons, left } = buttonsOf(card.actions, card.drawnAt);
  const top = [section(titleOf(card, accountsOf)), ...progress(card)];
  const chart = chartBlocks(card, picture);
  const foot = [...buttons, ...notCarried(left), ...links(card)];
  const used = lengthOf([...top, ...chart, ...foot]) + (card.tail === undefined ? 0 : fileNote);
  const room = limits.allText - used;
  const texts = chunks(
    card.lines.map((line) => mrkdwnLine(line, accountsOf)),
    room,
  );
  return {
    head: [...top, ...texts.map(section), ...chart],
    foot,
    room: room - texts.reduce((sum, text) => sum + text.length, 0),
  };
}

/** Slack counts what people see and hear: texts of all depths. */
function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + lengthOf(each), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce((sum, [key, each]) => {
    const counts = typeof each === 'string' && (key === 'text' || key === 'alt_text');
    return sum + (counts ? each.length : lengthOf(each));
  }, 0);
}

function fallback(card: Card): string {
  let said = plainLine(card.title);
  for (const line of card.lines) {
    if (said.length > limits.fallbackText) break;
    said = `${said}\n${plainLine(line)}`;
  }
  return cutMarkup(escapeText(cut(said, limits.fallbackText)), limits.fallbackText);
}

function titleOf({ title, tone }: Card, accountsOf: AccountsOf): string {
  const line = mrkdwnLine(title, accountsOf);
  if (isBlank(line)) return toneInWords(tone) === '' ? 'Cutover' : toneInWords(tone);
  return cutMarkup(line, limits.sectionText);
}

function progress(card: Card): types.KnownBlock[] {
  const said = colouredProgress(card);
  return said === '' ? [] : [context([said])];
}

/** The picture, with its numbers for those who don't see it; without one, the numbers. */
function chartBlocks({ chart }: Card, picture: string | undefined): types.KnownBlock[] {
  if (chart === undefined) return [];
  const words = chartInWords(chart)
    .filter((line) => !isBlank(line))
    .map((line) => presentableAtMost(line, 300));
  if (picture === undefined) {
    return [context(words.slice(0, limits.contextElements).map((line) => cutMarkup(escapeText(line), 600)))];
  }
  const alt_text = cut(words.join('\n'), limits.altText);
  return [{ type: 'image', slack_file: { id: picture }, alt_text }];
}

function notCarried(left: readonly Action[]): types.KnownBlock[] {
  if (left.length === 0) return [];
  const names = list(left.slice(0, 10).map((action) => `“${labelOf(action, 40)}”`));
  const more = left.length > 10 ? ` and ${left.length - 10} more` : '';
  const text = `Slack has no room for ${names}${more} as a button: type the command instead.`;
  return [context([cutMarkup(escapeText(text), 600)])];
}

function links({ links }: Card): types.KnownBlock[] {
  const drawn = links
    .slice(0, 10)
    .filter(({ label, href }) => !(isBlank(label) && isBlank(href)))
    .map(({ label, href }) => mrkdwnLink(cut(label, 75), href))
    .filter((link) => !isBlank(link));
  return drawn.length === 0 ? [] : [context([cutMarkup(drawn.join(' · '), 1_500)])];
}
