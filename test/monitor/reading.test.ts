import { describe, expect, it } from 'vitest';
import { type MonitorInput, monitorInputSchema } from '../../src/core/monitor/input.ts';
import { assess, type Reading } from '../../src/core/monitor/reading.ts';

const base = {
  provider: 'scrape',
  urls: ['http://a/metrics'],
  interval: '10s',
  cycles: 3,
  series: {
    errors: { ratio: { of: 'r', where: { s: '^5' } }, scale: 100, unit: '%', limit: 1 },
    p95: { quantile: 0.95, of: 'd', scale: 1000, unit: 'ms', limit: 250 },
  },
};

function input(conditions: Partial<Record<'success' | 'failure' | 'enough', string>>): MonitorInput {
  return monitorInputSchema.parse({ ...base, ...conditions });
}

function seen(errors: number | null, p95: number | null, samples = 100): Reading {
  const gaps = [
    ...(errors === null ? ['no data for errors'] : []),
    ...(p95 === null ? ['no data for p95'] : []),
  ];
  return { values: { errors, p95 }, gaps, samples };
}

const both = input({
  success: 'errors < 1 && p95 < 250',
  failure: 'errors > 2 || p95 > 500',
  enough: 'samples >= 20',
});

describe('assess', () => {
  it.each<[string, MonitorInput, Reading, string, string?]>([
    ['both hold well', both, seen(0.5, 84), 'passed'],
    ['whole numbers are numbers', both, seen(0, 84), 'passed'],
    ['the failure condition holds', both, seen(4, 84), 'failed', '“errors > 2 || p95 > 500” holds'],
    [
      'neither holds',
      both,
      seen(1.5, 84),
      'inconclusive',
      'neither “errors < 1 && p95 < 250” nor “errors > 2 || p95 > 500” holds',
    ],
    [
      'too few samples decide nothing',
      both,
      seen(50, 84, 2),
      'inconclusive',
      'too little data: “samples >= 20” does not hold',
    ],
    ['a gap never passes', both, seen(0.5, null), 'inconclusive', 'no data for p95'],
    ['a gap does not hide a failure', both, seen(50, null), 'failed', '“errors > 2 || p95 > 500” holds'],
    ['nothing at all', both, seen(null, null, 0), 'inconclusive', 'no data for errors; no data for p95'],
    ['failure alone: the rest passes', input({ failure: 'errors > 1' }), seen(1, 9), 'passed'],
    [
      'failure alone: a gap elsewhere never passes',
      input({ failure: 'errors > 1' }),
      seen(1, null),
      'inconclusive',
      'no data for p95',
    ],
    [
      'success alone: the rest fails',
      input({ success: 'errors < 1' }),
      seen(1, 9),
      'failed',
      '“errors < 1” does not hold',
    ],
    [
      'not true or false',
      input({ success: 'errors + p95' }),
      seen(1, 9),
      'inconclusive',
      'errors + p95: not true or false',
    ],
    [
      'the number of the cycle',
      input({ failure: 'cycle == cycles && errors > 0' }),
      seen(1, 9),
      'failed',
      '“cycle == cycles && errors > 0” holds',
    ],
  ])('%s', (_, given, reading, outcome, reason) => {
    expect(assess(given, reading, 3)).toEqual({ outcome, ...(reason === undefined ? {} : { reason }) });
  });

  it('is inconclusive when a condition can not be evaluated', () => {
    expect(assess(input({ success: '1 / (cycle - 3) > 0' }), seen(1, 9), 3).outcome).toBe('inconclusive');
  });
});

describe('monitorInputSchema', () => {
  it.each<[object, string]>([
    [{}, 'give a success or a failure condition'],
    [{ success: 'eror < 1' }, 'unknown name eror; known are errors, p95, cycle, cycles, samples'],
    [{ success: 'errors <' }, 'unexpected'],
    [{ success: 'errors < 1', interval: '10 seconds' }, 'a duration such as 30s'],
    [{ success: 'errors < 1', cycles: 0 }, 'cycles'],
    [{ success: 'errors < 1', series: {} }, 'one to eight series'],
    [{ success: 'errors < 1', urls: ['file:///etc/passwd'] }, 'urls'],
    [{ success: 'errors < 1', series: { errors: { ratio: { of: 'r', where: { s: '(' } } } } }, 'errors'],
    [{ success: 'samples > 1', series: { safe: { gauge: 'safe_mode' } } }, 'unknown name samples'],
    [{ success: 'errors < 1', sucess: 'x' }, 'sucess'],
    [{ provider: 'datadog', success: 'errors < 1' }, 'provider'],
  ])('refuses %j', (change, message) => {
    const parsed = monitorInputSchema.safeParse({ ...base, ...change });
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error?.issues)).toContain(message);
  });
});
