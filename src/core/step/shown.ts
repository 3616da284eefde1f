import { canonicalJson } from '../json.ts';

/** Terminal sequences, control characters and marks that turn text around: never part of what people read. */
const control = /\p{Cc}\[[0-9;?]*[@-~]|[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu;

/** A text from outside on one line, without control characters, at most `limit` characters. */
export function shown(text: string, limit = 200): string {
  const line = text
    .slice(0, limit * 4)
    .replace(control, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  return line.length <= limit
    ? line
    : `${line
        .slice(0, limit - 1)
        .toWellFormed()
        .trimEnd()}…`;
}

/** A value as people read it in a summary or a diff: a text as it is, all else as JSON. */
export function shownValue(value: unknown, limit = 200): string {
  if (value === undefined) return 'nothing';
  return shown(typeof value === 'string' ? value : canonicalJson(value), limit);
}

/** A URL without what may be secret: no user, no password, no query. */
export function shownUrl(text: string): string {
  if (!URL.canParse(text)) return shown(text.replace(/\?.*$/, '?…'));
  const url = new URL(text);
  const path = url.pathname === '/' ? '' : url.pathname;
  return shown(`${url.protocol}//${url.host}${path}${url.search === '' ? '' : '?…'}`);
}

/** "Bob", "Bob and Carol", "Bob, Carol and Dan". */
export function listed(names: readonly string[], conjunction: 'and' | 'or' = 'and'): string {
  const last = names.at(-1);
  if (last === undefined) return 'nobody';
  return names.length === 1 ? last : `${names.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}
