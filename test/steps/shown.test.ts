import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listed, shown, shownUrl, shownValue } from '../../src/core/step/shown.ts';
import { anyCharacter } from '../support/characters.ts';

test.each([
  ['two\nlines', 'two lines'],
  ['\u001b[31mred\u001b[0m alert', 'red alert'],
  ['right\u202eto left', 'right to left'],
  ['  spaced   out ', 'spaced out'],
  ['größe 🟦', 'größe 🟦'],
])('%j is shown as %j', (text, line) => {
  expect(shown(text)).toBe(line);
});

test('whatever comes from outside is one bounded line', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter, maxLength: 2_000 }), (text) => {
      const line = shown(text, 50);
      expect(line.length).toBeLessThanOrEqual(50);
      expect(line).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    }),
  );
});

test('a cut never leaves half a character', () => {
  expect(shown('🟦'.repeat(10), 6).isWellFormed()).toBe(true);
});

test.each([
  ['https://api.example.test/v1/hosts?token=hidden#part', 'https://api.example.test/v1/hosts?…'],
  ['http://me:hidden@127.0.0.1:8080/', 'http://127.0.0.1:8080'],
  ['${{ env.router }}/hosts?key=hidden', '${{ env.router }}/hosts?…'],
])('%s is shown without what may be secret', (url, line) => {
  expect(shownUrl(url)).toBe(line);
});

test('values and names as people read them', () => {
  expect(shownValue({ b: 1, a: 'x' })).toBe('{"a":"x","b":1}');
  expect(shownValue('as it is')).toBe('as it is');
  expect([
    listed([]),
    listed(['Bob']),
    listed(['Bob', 'Carol']),
    listed(['Bob', 'Carol', 'Dan'], 'or'),
  ]).toEqual(['nobody', 'Bob', 'Bob and Carol', 'Bob, Carol or Dan']);
});
