import { type CelInput, type CelValue, celList, celMap, isCelList, isCelMap, isCelUint } from '@bufbuild/cel';
import type { Json } from '../json.ts';

/** The most values that an expression may read or make, however they are nested. */
export const maxValues = 100_000;

/** Counts down over values; the caller's error is thrown when there are too many. */
export type Meter = (amount: number) => void;

export function meterOf(limit: number, tooMany: () => Error): Meter {
  let left = limit;
  return (amount) => {
    left -= amount;
    if (left < 0) throw tooMany();
  };
}

/**
 * A JSON value as CEL sees it. Numbers are doubles, as CEL's own JSON mapping has it; objects become maps,
 * so that no key (`constructor`, `$typeName`) has a meaning of its own.
 */
export function toCel(value: Json, meter: Meter): CelInput {
  meter(1);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return celList(value.map((item) => toCel(item, meter)));
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return celMap(new Map(entries.map(([key, item]) => [key, toCel(item, meter)])));
}

function toNumber(value: number | bigint): number {
  const number = Number(value);
  if (!Number.isFinite(number)) throw new RangeError('the result is not a finite number');
  if (typeof value === 'bigint' && !Number.isSafeInteger(number)) {
    throw new RangeError(`the result ${value} is too large to be exact`);
  }
  return number === 0 ? 0 : number;
}

/** A CEL value as plain JSON; throws a `RangeError` with a sentence for what JSON does not have. */
export function fromCel(value: CelValue, meter: Meter): Json {
  meter(1);
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return toNumber(value);
  if (isCelUint(value)) return toNumber(value.value);
  if (isCelList(value)) return Array.from(value, (item) => fromCel(item, meter));
  if (isCelMap(value)) {
    const entries = Array.from(value, ([key, item]): [string, Json] => [
      isCelUint(key) ? String(key.value) : String(key),
      fromCel(item, meter),
    ]);
    return Object.fromEntries(entries);
  }
  throw new RangeError('the result is a time or a type, not a plain value: write string(…) around it');
}
