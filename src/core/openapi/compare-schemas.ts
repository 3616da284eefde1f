import { canonicalJson, type Json } from '../json.ts';
import type { ContractChange } from './change.ts';
import {
  alternatives,
  dereferenced,
  type Fields,
  fields,
  items,
  typesOf,
  valuesOf,
  whole,
} from './schema.ts';

/** Which way a value goes: callers may send what they sent before, and get nothing that they don't know. */
export type Direction = 'requests' | 'answers';

interface Schemas {
  before: Json | undefined;
  after: Json | undefined;
  where: string;
}

const deepest = 40;

/** Whether one type is within some: an integer is a number too. */
const within = (types: readonly string[], type: string) =>
  types.includes(type) || (type === 'integer' && types.includes('number'));

/**
 * Compares schemas of two documents, each pair of named ones once for each direction; a change in a named one is told
 * by its name, wherever that is used.
 */
export function schemaComparison(documents: { before: Json; after: Json }, found: ContractChange[]) {
  const seen = new Set<string>();

  function compare(schemas: Schemas, direction: Direction, depth: number): void {
    const old = dereferenced(documents.before, schemas.before);
    const now = dereferenced(documents.after, schemas.after);
    const pair = `${direction} ${old.name} ${now.name}`;
    if (depth > deepest || (now.name !== undefined && old.name !== undefined && seen.has(pair))) return;
    seen.add(pair);
    const where = now.name ?? schemas.where;
    const before = whole(documents.before, old.value);
    const after = whole(documents.after, now.value);
    const tell = (what: string, breaking: boolean, at = where) =>
      found.push({ where: `${at} in ${direction}`, what, breaking });
    if (!compareTypes({ before, after }, direction, tell)) return;
    compareValues({ before, after }, direction, tell);
    const [olds, nows] = [alternatives(documents.before, before), alternatives(documents.after, after)];
    const [one, other] = [olds[0], nows[0]];
    if (olds.length > 1 || nows.length > 1)
      compareAlternatives({ olds, nows, where }, direction, tell, depth);
    else if (one !== before || other !== after)
      compare({ before: one, after: other, where }, direction, depth + 1);
    else compareParts({ before, after, where }, direction, tell, depth);
  }

  type Tell = (what: string, breaking: boolean, at?: string) => void;
  type Pair = { before: Fields; after: Fields };

  /** Whether there is more to compare: what has become something else is told as that alone. */
  function compareTypes({ before, after }: Pair, direction: Direction, tell: Tell): boolean {
    const [old, now] = [typesOf(documents.before, before), typesOf(documents.after, after)];
    const [wide, narrow] = direction === 'requests' ? [now, old] : [old, now];
    if (wide === undefined || narrow?.every((type) => within(wide, type))) return true;
    tell(`was ${old?.join(' or ') ?? 'anything'}, is ${now?.join(' or ') ?? 'anything'}`, true);
    return ['object', 'array'].some((type) => old?.includes(type) && now?.includes(type));
  }

  function compareValues({ before, after }: Pair, direction: Direction, tell: Tell): void {
    const [old, now] = [valuesOf(before), valuesOf(after)];
    if (direction === 'answers') {
      const more = old === undefined ? [] : (now ?? []).filter((value) => !old.includes(value));
      if (more.length > 0) tell(`may be ${more.join(', ')} too`, false);
    } else if (now !== undefined) {
      const refused = old?.filter((value) => !now.includes(value));
      if (refused === undefined) tell(`takes only ${now.join(', ')}`, true);
      else if (refused.length > 0) tell(`no longer takes ${refused.join(', ')}`, true);
    }
  }

  function compareAlternatives(
    { olds, nows, where }: { olds: Json[]; nows: Json[]; where: string },
    direction: Direction,
    tell: Tell,
    depth: number,
  ): void {
    const [before, after] = [keyed(documents.before, olds), keyed(documents.after, nows)];
    const [wide, narrow] = direction === 'requests' ? [after, before] : [before, after];
    for (const key of narrow.keys())
      if (!wide.has(key))
        tell(direction === 'requests' ? `can no longer be ${key}` : `may be ${key} too`, true);
    for (const [key, one] of before)
      if (after.has(key)) compare({ before: one, after: after.get(key), where }, direction, depth + 1);
  }

  function compareParts(given: Pair & { where: string }, direction: Direction, tell: Tell, depth: number) {
    const { before, after, where } = given;
    compareProperties(given, direction, tell, depth);
    if (before.items !== undefined && after.items !== undefined)
      compare({ before: before.items, after: after.items, where: `${where}[]` }, direction, depth + 1);
  }

  function compareProperties(
    { before, after, where }: Pair & { where: string },
    direction: Direction,
    tell: Tell,
    depth: number,
  ): void {
    const [olds, nows] = [fields(before.properties), fields(after.properties)];
    const [needed, needs] = [items(before.required), items(after.required)];
    for (const name of new Set([...Object.keys(olds), ...Object.keys(nows)])) {
      const at = `${where}.${name}`;
      const isOld = Object.hasOwn(olds, name);
      if (!Object.hasOwn(nows, name)) {
        const isRefused = direction === 'requests' && after.additionalProperties === false;
        tell(isRefused ? 'is refused' : 'is gone', direction === 'answers' || isRefused, at);
        continue;
      }
      if (direction === 'requests' && needs.includes(name) && !needed.includes(name))
        tell('is required', true, at);
      else if (!isOld) tell('is new', false, at);
      if (direction === 'answers' && isOld && needed.includes(name) && !needs.includes(name))
        tell('may be missing', true, at);
      if (isOld) compare({ before: olds[name], after: nows[name], where: at }, direction, depth + 1);
    }
  }

  return (schemas: Schemas, direction: Direction): void => compare(schemas, direction, 0);
}

/** Alternatives by what they are called, or by their types. */
function keyed(document: Json, given: readonly Json[]): Map<string, Json> {
  return new Map(
    given.map((one) => {
      const { name, value } = dereferenced(document, one);
      return [name ?? typesOf(document, value)?.join(' or ') ?? canonicalJson(value), one];
    }),
  );
}
