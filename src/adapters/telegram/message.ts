import type { Card, Line } from '../../core/card/card.ts';
import { isBlank } from '../../core/card/outside-text.ts';
import { chartInWords, colouredProgress, plainLine } from '../../core/card/plain-text.ts';
import { cut, cutFront } from '../../core/card/words.ts';
import { type AccountsOf, plain, type Room, write, writeLine, writeLink, writeMention } from './html.ts';
import { limits } from './limits.ts';
import type { Output } from './outputs.ts';

const allOfIt = 'All of it: the document in this thread.';
const shortened = 'Cut: this is longer than Telegram shows.';

/** What a folded tail needs at least to be worth showing. */
const leastTail = 80;

export interface MessageOptions {
  accountsOf: AccountsOf;
  /** The text is a picture's caption: it is shorter, and the picture shows the chart. */
  caption?: boolean;
  /** All of a long output stands in a document in the thread. */
  output?: boolean;
  /** Who is called first. */
  to?: { id: number; name: string };
}

/** A card as Telegram takes it, in HTML. What does not fit is cut, the tail first, and it says so. */
export function htmlOf(card: Card, options: MessageOptions): string {
  const { blocks } = drawn(card, options);
  return blocks.filter((block) => block.trim() !== '').join('\n');
}

/** The output that this card's message would not show whole; undefined when it shows all that there is. */
export function outputLeftOut(card: Card, options: MessageOptions): Output | undefined {
  const { title = '', text = '', whole } = card.tail ?? {};
  if (whole === undefined || isBlank(whole)) return undefined;
  const isShown = text.length >= whole.length && !drawn(card, options).isTailCut;
  return isShown ? undefined : { title, whole };
}

function drawn(card: Card, { accountsOf, caption = false, to, output = false }: MessageOptions) {
  const room: Room = { length: caption ? limits.caption : limits.text, bytes: limits.markupBytes };
  const foot = writeLinks(reserve(room), card.links);
  const whole = output ? write(room, `${allOfIt}\n`, '<i>', '</i>').trim() : '';
  const call = to === undefined ? '' : `${writeMention(room, to.name, to.id)}${write(room, ': ')}`;
  const title = `${call}${writeTitle(room, card, accountsOf)}`;
  const chart =
    caption || card.chart === undefined ? [] : chartInWords(card.chart).map((line): Line => [line]);
  const lines = [...progressLine(card), ...card.lines, ...chart].map((line) =>
    writeNext(room, line, accountsOf),
  );
  const note = room.full ? `<i>${shortened}</i>` : '';
  const tail = room.full ? { html: '', isCut: true } : writeTail(room, card);
  return { blocks: [title, ...lines, note, tail.html, whole, foot], isTailCut: tail.isCut };
}

/** Room for links and the note that something was cut, taken off first. */
function reserve(room: Room): Room {
  const kept = { length: 300, bytes: 6_000 };
  room.length -= kept.length;
  room.bytes -= kept.bytes;
  return { length: kept.length - shortened.length - 4, bytes: kept.bytes - 200 };
}

/** Telegram refuses a text in which there is nothing to see. */
function writeTitle(room: Room, { title }: Card, accountsOf: AccountsOf): string {
  const readable = /[\p{L}\p{N}\p{P}\p{S}]/u.test(plain(plainLine(title)));
  return readable ? writeLine(room, title, accountsOf) : write(room, '·');
}

function writeNext(room: Room, line: Line, accountsOf: AccountsOf): string {
  room.length -= 1;
  room.bytes -= 1;
  return writeLine(room, line, accountsOf);
}

function progressLine(card: Card): Line[] {
  const said = colouredProgress(card);
  return said === '' ? [] : [[said]];
}

/** Long output, folded; its end matters. */
function writeTail(room: Room, { tail }: Card): { html: string; isCut: boolean } {
  if (tail === undefined || tail.text.trim() === '') return { html: '', isCut: false };
  const text = plain(tail.text).trimEnd();
  const title = write(
    room,
    `${cut(tail.title, 200)}${text.length > room.length - 240 ? ' (its end)' : ''}`,
    '<b>',
    '</b>',
  );
  const space = Math.min(room.length - 4, Math.floor((room.bytes - 100) / 6));
  if (space < leastTail) return { html: title === '' ? '' : `${title}\n<i>${shortened}</i>`, isCut: true };
  const shown = write(room, cutFront(text, space), '<blockquote expandable>', '</blockquote>');
  return { html: [title, shown].filter((block) => block !== '').join('\n'), isCut: text.length > space };
}

function writeLinks(room: Room, links: Card['links']): string {
  const drawn = links.slice(0, 6).map(({ label, href }) => {
    room.length -= 3;
    return writeLink(room, cut(label, 40), href);
  });
  return drawn.filter((link) => link !== '').join(' · ');
}

/** The beginning of a card as plain text, for the notice that answers a press. */
export function noticeOf(card: Card, limit: number = limits.notice): { text: string; whole: boolean } {
  const lines = [card.title, ...card.lines].map((line) => plainLine(line).trim());
  const text = lines
    .filter((line) => line !== '')
    .join('\n')
    .toWellFormed();
  const whole = text.length <= limit && card.tail === undefined && card.chart === undefined;
  return { text: cut(text, limit), whole };
}

/** True when a card calls somebody: only then the phones of a group may ring. */
export function calls(card: Card): boolean {
  return [card.title, ...card.lines].some((line) =>
    line.some((span) => typeof span === 'object' && 'person' in span && span.ping === true),
  );
}
