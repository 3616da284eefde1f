import fc from 'fast-check';

const surrogates = 0xdfff - 0xd800 + 1;

/**
 * Every character of Unicode, as `unit` of a string. Draws the same as fast-check's own `binary`, which makes a table
 * of all 1.1 million of them first: a second, and 185 MB, in each file.
 */
export const anyCharacter: fc.Arbitrary<string> = fc
  .nat({ max: 0x10ffff - surrogates })
  .map((place) => String.fromCodePoint(place < 0xd800 ? place : place + surrogates), placeOf);

/** The way back, by which a failure is made smaller. */
function placeOf(value: unknown): number {
  const point = typeof value === 'string' ? value.codePointAt(0) : undefined;
  if (point === undefined || String.fromCodePoint(point) !== value) throw new Error('not one character');
  if (point >= 0xd800 && point <= 0xdfff) throw new Error('half a character');
  return point < 0xd800 ? point : point - surrogates;
}
