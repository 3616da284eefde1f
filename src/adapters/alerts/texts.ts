import { z } from 'zod';
import { sha256 } from '../../core/json.ts';

/** Cards show a few lines of it; the sender's own page has the rest. */
const longest = 4_096;
const mostTexts = 100;

/** An instant with its offset, read as ISO 8601 in UTC with milliseconds. */
export const instant = z.iso.datetime({ offset: true }).transform((text, context) => {
  const at = Date.parse(text);
  const written = Number.isNaN(at) ? '' : new Date(at).toISOString();
  if (/^\d{4}-/.test(written)) return written;
  context.addIssue({ code: 'custom', message: 'is no instant of the years 0 to 9999' });
  return z.NEVER;
});

/** A text of others, as much of it as is kept, as well-formed Unicode. */
export function keptText(text: string): string {
  const cut = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  return cut.toWellFormed();
}

/** Labels or annotations of others: the first hundred, each text cut at 4,096 characters. */
export function keptTexts(texts: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(texts).slice(0, mostTexts);
  return Object.fromEntries(entries.map(([name, value]) => [keptText(name), keptText(value)]));
}

/** A key of others: short ones as they are, of long ones a digest. */
export function keptKey(key: string): string {
  const text = key.toWellFormed();
  return text.length <= 512 ? text : sha256(text);
}

/** What tells an alert from others where its sender gives no name for it: its labels, in whatever order. */
export function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify(sorted)).slice('sha256:'.length, 'sha256:'.length + 16);
}

/** Links to places where a person can read more; what is no address of the web is left out. */
export function linksOf(places: Readonly<Record<string, string | undefined>>) {
  return Object.entries(places).flatMap(([label, href]) => {
    if (href === undefined || href.length > 2_048) return [];
    const { protocol } = URL.parse(href) ?? {};
    return protocol === 'http:' || protocol === 'https:' ? [{ label, href: href.toWellFormed() }] : [];
  });
}
