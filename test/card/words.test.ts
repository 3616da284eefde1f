import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chartInWords, plainText, progressBar } from '../../src/core/card/plain-text.ts';
import { refusalCard } from '../../src/core/card/refusal-card.ts';
import { cut, cutFront, list, restorations, valueInWords } from '../../src/core/card/words.ts';
import { story, switched } from './story.ts';

describe('the words of cards', () => {
  it.each([
    [[], ''],
    [['a'], 'a'],
    [['a', 'b'], 'a and b'],
    [['a', 'b', 'c'], 'a, b and c'],
  ])('list %j', (words, text) => {
    expect(list(words)).toBe(text);
  });

  it.each([
    [{ api: 'blue', app: 'blue' }, 'api → blue, app → blue'],
    [{ enabled: false }, 'enabled → false'],
    [['10.0.0.1', '10.0.0.2'], '10.0.0.1, 10.0.0.2'],
    ['rev-12', 'rev-12'],
    [null, 'null'],
    [{ proxy: 'web', certificates: ['old'] }, 'proxy → web, certificates → old'],
    [{ proxy: 'web', certificates: ['old', 'new'] }, 'proxy → web, certificates → (old, new)'],
    [
      { service: 'api', traffic: [{ revision: 'api-7', percent: 100 }] },
      'service → api, traffic → (revision → api-7, percent → 100)',
    ],
    [[{ name: 'a' }, { name: 'b' }], '(name → a), (name → b)'],
    [{ tags: [], deep: { er: {} } }, 'tags → nothing, deep → (er → nothing)'],
    [{}, 'nothing'],
    [[], 'nothing'],
  ])('say the captured value %j', (value, text) => {
    expect(valueInWords(value)).toBe(text);
  });

  it('cut to the limit, never inside a character, and only what is too long', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.integer({ min: 2, max: 40 }),
        (text, limit) => {
          for (const shown of [cut(text, limit), cutFront(text, limit)]) {
            expect(shown.length).toBeLessThanOrEqual(limit);
            expect(shown.isWellFormed()).toBe(true);
            if (text.length <= limit) expect(shown).toBe(text);
          }
        },
      ),
    );
  });

  it('find what a rollback restores in both ways of writing it', () => {
    const { plan, state } = story(switched);
    expect(restorations(plan, state).map(({ step }) => step)).toEqual(['flip', 'freeze-writes']);
  });

  it('draw a chart in words', () => {
    const series = [
      {
        name: 'errors',
        points: [
          [1, 0],
          [2, 0.5],
          [3, 1],
        ] as [number, number][],
      },
      { name: 'p95', points: [] },
    ];
    expect(chartInWords({ title: 'Soak', unit: '%', limit: 1, series })).toEqual([
      'Soak',
      'errors: ▁▅█ 1 % (limit 1 %)',
      'p95: no data',
    ]);
    const panels = [
      { unit: '/s', series: [{ name: 'throughput', points: [[1, 480]] as [number, number][] }] },
    ];
    const [errors] = series.slice(0, 1);
    const two = { title: 'Soak', unit: '%', limit: 1, series: errors ? [errors] : [], panels };
    expect(chartInWords(two)).toEqual(['Soak', 'errors: ▁▅█ 1 % (limit 1 %)', 'throughput: █ 480/s']);
    expect(chartInWords({ ...two, panels: [] })).toEqual(['Soak, errors: ▁▅█ 1 % (limit 1 %)']);
    expect(chartInWords({ title: 'Soak', unit: '', series: [] })).toEqual(['Soak: no data']);
  });

  it('draw progress', () => {
    expect([0, 5, 22].map((done) => progressBar({ done, total: 22 }))).toEqual([
      '□□□□□□□□□□ 0 of 22',
      '■■□□□□□□□□ 5 of 22',
      '■■■■■■■■■■ 22 of 22',
    ]);
  });

  it('lay a refusal out: what, why, what next', () => {
    const card = refusalCard({ reason: 'not-allowed', what: 'What.', why: 'Why.', next: 'Next.' });
    expect(plainText(card)).toEqual(['What.', 'Why.', 'Next.']);
  });
});
