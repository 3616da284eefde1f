import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bucket, histogramQuantile } from '../../src/core/monitor/quantile.ts';

const inf = Number.POSITIVE_INFINITY;

describe('histogramQuantile', () => {
  it.each<[string, number, Bucket[], number | null]>([
    [
      'interpolates within a bucket',
      0.5,
      [
        [1, 0],
        [2, 10],
        [inf, 10],
      ],
      1.5,
    ],
    [
      'begins at zero',
      0.5,
      [
        [1, 10],
        [inf, 10],
      ],
      0.5,
    ],
    [
      'gives the highest finite bound beyond it',
      0.99,
      [
        [1, 1],
        [2, 1],
        [inf, 10],
      ],
      2,
    ],
    [
      'gives a first bound that is not positive',
      0.5,
      [
        [-1, 10],
        [inf, 10],
      ],
      -1,
    ],
    [
      'gives q=0 as the beginning',
      0,
      [
        [1, 10],
        [inf, 10],
      ],
      0,
    ],
    [
      'gives q=1 as the end of the last filled bucket',
      1,
      [
        [1, 5],
        [2, 10],
        [4, 10],
        [inf, 10],
      ],
      2,
    ],
    [
      'sorts the buckets',
      0.5,
      [
        [inf, 10],
        [2, 10],
        [1, 0],
      ],
      1.5,
    ],
    [
      'mends counts that fall',
      0.5,
      [
        [1, 4],
        [2, 3],
        [inf, 4],
      ],
      0.5,
    ],
    [
      'has none without observations',
      0.5,
      [
        [1, 0],
        [inf, 0],
      ],
      null,
    ],
    [
      'has none without +Inf',
      0.5,
      [
        [1, 1],
        [2, 1],
      ],
      null,
    ],
    ['has none of one bucket', 0.5, [[inf, 1]], null],
    ['has none of nothing', 0.5, [], null],
  ])('%s', (_, q, buckets, expected) => {
    expect(histogramQuantile(q, buckets)).toEqual(expected);
  });

  it('stays within the bounds and grows with q', () => {
    const counts = fc.array(fc.nat(100), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(
        counts,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (each, a, b) => {
          let sum = 0;
          const buckets = each.map((count, index): Bucket => {
            sum += count;
            return [index === each.length - 1 ? inf : index + 1, sum];
          });
          fc.pre(sum > 0);
          const low = histogramQuantile(Math.min(a, b), buckets) ?? Number.NaN;
          const high = histogramQuantile(Math.max(a, b), buckets) ?? Number.NaN;
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeGreaterThanOrEqual(low);
          expect(high).toBeLessThanOrEqual(each.length - 1);
        },
      ),
    );
  });
});
