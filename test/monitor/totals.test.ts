import { describe, expect, it } from 'vitest';
import { parseExposition } from '../../src/core/monitor/exposition.ts';
import { monitorInputSchema, type ScrapeMonitor } from '../../src/core/monitor/input.ts';
import { scrapeReading } from '../../src/core/monitor/scrape-reading.ts';
import { growthOf, totalsOf } from '../../src/core/monitor/totals.ts';

function seriesOf(series: unknown): ScrapeMonitor['series'] {
  const input = {
    provider: 'scrape',
    urls: ['http://a/metrics'],
    interval: '10s',
    cycles: 1,
    success: 'cycle > 0',
    series,
  };
  const parsed = monitorInputSchema.parse(input);
  if (parsed.provider !== 'scrape') throw new Error('not a scrape');
  return parsed.series;
}

const errors = seriesOf({
  errors: { ratio: { of: 'http_requests_total', where: { status: '^5' } }, scale: 100 },
});
const requests = (ok: number, bad: number, started = 1) =>
  parseExposition(
    `process_start_time_seconds ${started}\nhttp_requests_total{status="200"} ${ok}\nhttp_requests_total{status="500"} ${bad}`,
  );

function reading(
  series: ScrapeMonitor['series'],
  before: string | ReturnType<typeof requests>,
  after: typeof before,
  seconds = 10,
) {
  const read = (page: typeof before) => (typeof page === 'string' ? parseExposition(page) : page);
  const first = totalsOf(read(before), series, 0);
  const second = totalsOf(read(after), series, seconds * 1_000);
  return scrapeReading(series, [growthOf(first, second)], read(after));
}

describe('a reading by scrape', () => {
  it('reckons a ratio over the cycle alone', () => {
    expect(reading(errors, requests(1000, 900), requests(1096, 904))).toEqual({
      values: { errors: 4 },
      gaps: [],
      samples: 100,
    });
  });

  it('counts from zero after a restart, seen by the start time or by a falling counter', () => {
    expect(reading(errors, requests(50, 50, 1), requests(98, 52, 2)).values).toEqual({
      errors: (52 / 150) * 100,
    });
    expect(reading(errors, requests(50, 50), requests(9, 1)).values).toEqual({ errors: 10 });
  });

  it('counts a label that appears from zero', () => {
    const before = 'http_requests_total{status="200"} 10';
    const after = 'http_requests_total{status="200"} 19\nhttp_requests_total{status="503"} 1';
    expect(reading(errors, before, after).values).toEqual({ errors: 10 });
  });

  it('is a gap without requests, or without the metric', () => {
    expect(reading(errors, requests(5, 5), requests(5, 5))).toEqual({
      values: { errors: null },
      gaps: ['no data for errors'],
      samples: 0,
    });
    expect(reading(errors, requests(5, 5), 'up 1').gaps).toEqual(['no data for errors']);
    expect(reading(errors, requests(5, 5), 'http_requests_total NaN').gaps).toEqual(['no data for errors']);
  });

  it('reckons quantiles over all label sets of a histogram', () => {
    const series = seriesOf({ p50: { quantile: 0.5, of: 'd', scale: 1000, unit: 'ms' } });
    const page = (a: number, b: number) =>
      ['x', 'y']
        .map(
          (l) =>
            `d_bucket{le="0.1",l="${l}"} ${a}\nd_bucket{le="0.2",l="${l}"} ${b}\nd_bucket{le="+Inf",l="${l}"} ${b}`,
        )
        .join('\n');
    const { values, samples } = reading(series, page(7, 8), page(7, 18));
    expect(values.p50).toBeCloseTo(150);
    expect(samples).toBe(20);
  });

  it('reckons rates by the second, and gauges as they stand', () => {
    const series = seriesOf({
      rate: { rate: 'n' },
      most: { gauge: 'g' },
      sum: { gauge: 'g', over: 'sum', where: { l: 'a|b' } },
      none: { gauge: 'missing' },
      broken: { gauge: 'broken' },
    });
    const found = reading(series, 'n 5', 'n 25\ng{l="a"} 1\ng{l="b"} 2\ng{l="c"} 9\nbroken NaN', 4);
    expect(found).toEqual({
      values: { rate: 5, most: 9, sum: 3, none: null, broken: null },
      gaps: ['no data for none', 'no data for broken'],
      samples: 20,
    });
  });
});
