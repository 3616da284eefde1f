import { createHash } from 'node:crypto';
import canonicalizeModule from 'canonicalize';

/** A value that survives JSON unchanged: what the journal, plans and step outputs are made of. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const canonicalize = canonicalizeModule as unknown as (value: unknown) => string | undefined;

/** The one text of a JSON value (RFC 8785): equal values have equal texts, whatever their key order. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('not a JSON value');
  return text;
}

/** `sha256:` and the hex digest of a text, UTF-8 encoded. */
export function sha256(text: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** The digest of a JSON value: SHA-256 over its canonical text. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value));
}

/** A JSON value in which every text is well-formed Unicode: half a character, which no journal can hold, becomes `�`. */
export function wellFormed<T>(value: T): T;
export function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map((item) => wellFormed(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name.toWellFormed(), wellFormed(item)]),
  );
}
