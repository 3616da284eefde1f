import { z } from 'zod';
import { canonicalJson, type Json, sha256 } from '../../core/json.ts';
import { shown, shownValue } from '../../core/step/shown.ts';
import { documentsIn } from '../../core/yaml.ts';
import type { LocalFiles } from '../../ports/world.ts';

const largest = 1024 * 1024;

/** A file of values, as it was when it was read. */
export interface ValuesFile {
  file: string;
  sha256: string;
  values: Values;
}

export type Values = { [name: string]: Json };
const valuesSchema = z.record(z.string(), z.json());

/** Reads files of values. Throws a `LocalFileError`, or a sentence about what is no map. */
export async function readValues(
  files: LocalFiles,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ValuesFile[]> {
  return Promise.all(
    names.map(async (file) => {
      const body = await files.read(file, largest, signal);
      return { file, sha256: sha256(body), values: valuesIn(file, new TextDecoder().decode(body)) };
    }),
  );
}

function valuesIn(file: string, text: string): Values {
  const [values = {}, ...others] = documentsIn(text);
  const parsed = valuesSchema.safeParse(values);
  if (parsed.success && others.length === 0) return parsed.data as Values;
  throw new Error(`${file} holds no values: it should be one map`);
}

const isMap = (value: Json | undefined): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Puts values over others as Helm does: maps key by key, all else as a whole. */
export function merged(below: Values, above: Values): Values {
  const both = { ...below };
  for (const [name, value] of Object.entries(above)) {
    const under = Object.hasOwn(below, name) ? below[name] : undefined;
    both[name] = isMap(under) && isMap(value) ? merged(under, value) : value;
  }
  return both;
}

function flat(values: Values, path: string): [string, Json][] {
  return Object.entries(values).flatMap(([name, value]): [string, Json][] => {
    const here = path === '' ? name : `${path}.${name}`;
    return isMap(value) && Object.keys(value).length > 0 ? flat(value, here) : [[here, value]];
  });
}

const telling = /pass|secret|token|credential|private|apikey|api-key|auth|dsn|\bkey\b/i;

/** A value that may be read by whoever sees a plan; what may be a secret stands there as a word. */
function publicWords(path: string, value: Json | undefined): string {
  if (value === undefined) return 'not set';
  const text = shownValue(value, 120);
  if (/\$\{\{\s*secrets\./.test(text)) return 'a secret';
  return telling.test(path) || /:\/\/[^/\s]*@/.test(text) ? 'not shown' : text;
}

/** How values differ, one entry for each; values that may be secret are told without being shown. */
export function changedValues(
  before: Values,
  after: Values,
): { what: string; before: string; after: string }[] {
  const [was, will] = [new Map(flat(before, '')), new Map(flat(after, ''))];
  const paths = [...new Set([...was.keys(), ...will.keys()])].sort();
  return paths.flatMap((path) => {
    const [old, now] = [was.get(path), will.get(path)];
    if (old !== undefined && now !== undefined && canonicalJson(old) === canonicalJson(now)) return [];
    return [{ what: shown(path, 120), before: publicWords(path, old), after: publicWords(path, now) }];
  });
}
