import { z } from 'zod';
import { sha256 } from '../../core/json.ts';

/** Cards show a few lines of it; the sender's own page has the rest. */
const longest = 4_096;
const mostTexts = 100;

const written = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** An instant with its offset, as ISO 8601 in UTC with milliseconds; undefined for what is none. */
export function instantOf(text: string): string | undefined {
  const at = written.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) return undefined;
  const iso = new Date(at).toISOString();
  return iso.length === 24 ? iso : undefined;
}

/** Labels or annotations as a payload has them. A storm brings ten thousands of them, so they are checked by hand. */
export const texts = z.custom<Record<string, string>>(areTexts, 'must be a map of texts');

function areTexts(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const name of Object.keys(value))
    if (typeof (value as Record<string, unknown>)[name] !== 'string') return false;
  return true;
}

/** A text of others, as much of it as is kept, as well-formed Unicode. */
export function keptText(text: string): string {
  const cut = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  return cut.toWellFormed();
}

/** Labels or annotations of others: the first hundred, each text cut at 4,096 characters. */
export function keptTexts(given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(given);
  const isKept = ([name, value]: [string, string]) => isShort(name) && isShort(value) && name !== '__proto__';
  if (entries.length <= mostTexts && entries.every(isKept)) return given;
  const kept = entries.filter(([name]) => name !== '__proto__').slice(0, mostTexts);
  return Object.fromEntries(kept.map(([name, value]) => [keptText(name), keptText(value)]));
}

function isShort(text: string): boolean {
  return text.length <= longest && text.isWellFormed();
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

/** Makes links to places where a person can read more; what is no address of the web is left out. */
export type Links = (
  places: Readonly<Record<string, string | undefined>>,
) => { label: string; href: string }[];

/** For one payload: the same few addresses come in each of its alerts. */
export function linksOf(): Links {
  const known = new Map<string, string | undefined>();
  const addressOf = (href: string): string | undefined => {
    if (!known.has(href)) known.set(href, webAddress(href));
    return known.get(href);
  };
  return (places) =>
    Object.entries(places).flatMap(([label, place]) => {
      const href = place === undefined || place === '' ? undefined : addressOf(place);
      return href === undefined ? [] : [{ label, href }];
    });
}

function webAddress(href: string): string | undefined {
  if (href.length > 2_048) return undefined;
  const { protocol } = URL.parse(href) ?? {};
  return protocol === 'http:' || protocol === 'https:' ? href.toWellFormed() : undefined;
}
