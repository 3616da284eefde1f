import type { Line, Span } from '../../core/card/card.ts';
import { utc } from '../../core/card/plain-text.ts';
import { cut } from '../../core/card/words.ts';

/** The Telegram accounts of a person of the policy; empty: they have none. */
export type AccountsOf = (person: string) => readonly number[];

/** What may still be written: UTF-16 units as they read, and bytes with the mark-up. */
export interface Room {
  length: number;
  bytes: number;
  /** Something did not fit. */
  full?: true;
}

/** Direction marks reorder what is read; Telegram takes out some of them, some lines through letters, and not others. */
const invisible = /(?!\n)(?:\p{Cc}|[\u200E\u200F\u2028-\u202E\u2066-\u2069\u061C]|\u0333|\u033F|\u030A)/gu;

/**
 * Where Telegram could see a mention, also with the words of the next span or once it has taken a mark out; a word
 * joiner behind the sign keeps it from notifying a stranger.
 */
const mention = /(?<![\p{L}\p{N}_])@/gu;

/** Text from outside, that can then be no mark-up, mention or reordering to Telegram. Not escaped yet. */
export function plain(text: string): string {
  return text
    .toWellFormed()
    .replace(invisible, (mark) => (mark === '\t' ? ' ' : ''))
    .replace(mention, '@\u2060');
}

/** Rule: Telegram's Bot API, "HTML style". */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Of a longer text only the beginning is looked at: far more than a message takes. */
const mostRead = 20_000;

/** Writes as much of a text as fits, in mark-up; what does not fit ends in an ellipsis. Takes it off the room. */
export function write(room: Room, text: string, open = '', close = ''): string {
  const words = plain(cut(text, mostRead));
  const short = room.length > 0 ? cut(words, room.length) : '';
  const html = short === '' ? '' : `${open}${escapeHtml(short)}${close}`;
  if (Buffer.byteLength(html) > room.bytes && open !== '') return write(room, text);
  const tooLarge = Buffer.byteLength(html) > room.bytes;
  if (tooLarge || short.length < words.length) room.full = true;
  if (tooLarge) return '';
  room.length -= short.length;
  room.bytes -= Buffer.byteLength(html);
  return html;
}

/** A line in Telegram's HTML, as far as there is room. */
export function writeLine(room: Room, line: Line, accountsOf: AccountsOf): string {
  return line.map((span) => writeSpan(room, span, accountsOf)).join('');
}

function writeSpan(room: Room, span: Span, accountsOf: AccountsOf): string {
  if (typeof span === 'string') return write(room, span);
  if ('bold' in span) return write(room, span.bold, '<b>', '</b>');
  if ('italic' in span) return write(room, span.italic, '<i>', '</i>');
  if ('code' in span) return write(room, span.code, '<code>', '</code>');
  if ('link' in span) return writeLink(room, span.link, span.href);
  if ('person' in span) return writePerson(room, span, accountsOf);
  return write(room, timeInWords(span.time));
}

/** A link that opens in the browser; anything but http(s) stays plain text. */
export function writeLink(room: Room, label: string, href: string): string {
  const url = URL.parse(href);
  const opens = url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
  return opens ? write(room, label, `<a href="${escapeHtml(url.href)}">`, '</a>') : write(room, label);
}

/** Somebody who is notified by this; by name alone when no account of theirs is known. */
export function writeMention(room: Room, name: string, account: number | undefined): string {
  return account === undefined
    ? write(room, name)
    : write(room, name, `<a href="tg://user?id=${account}">`, '</a>');
}

function writePerson(
  room: Room,
  { person, name, ping }: Extract<Span, { person: string }>,
  accountsOf: AccountsOf,
): string {
  return writeMention(room, name, ping === true ? accountsOf(person)[0] : undefined);
}

/** Telegram does not show times in the reader's zone. */
function timeInWords(time: string): string {
  return Number.isNaN(Date.parse(time)) ? time : utc(time);
}
