import { z } from 'zod';
import type { MetricSample } from './exposition.ts';
import type { ScrapeMonitor, ScrapeSeries } from './input.ts';

/** The counters of one metrics page that a monitor compares between two looks. */
export const totalsSchema = z.strictObject({
  at: z.number().describe('When it was read, milliseconds since the epoch'),
  started: z.number().nullable().describe('process_start_time_seconds, where the page has it'),
  counts: z
    .record(z.string(), z.number())
    .describe('By series and part: errors/all, errors/matched, p95/0.5'),
});
export type Totals = z.infer<typeof totalsSchema>;

/** Growth between two looks, by series and part, and the seconds between them. */
export interface Growth {
  seconds: number;
  counts: Record<string, number>;
}

function fits(sample: MetricSample, where: Record<string, string>): boolean {
  return Object.entries(where).every(([name, pattern]) =>
    new RegExp(pattern).test((sample.labels.get(name) ?? '').slice(0, 200)),
  );
}

/** The samples that a series is made from. */
export function samplesOf(samples: readonly MetricSample[], name: string, where: Record<string, string>) {
  return samples.filter((sample) => sample.name === name && fits(sample, where));
}

function partsOf(series: ScrapeSeries, samples: readonly MetricSample[]): [string, number][] {
  if ('gauge' in series) return [];
  if ('rate' in series) {
    return samplesOf(samples, series.rate, series.where).map(({ value }) => ['all', value]);
  }
  if ('ratio' in series) {
    const { of, where } = series.ratio;
    return [
      ...samplesOf(samples, of, {}).map(({ value }): [string, number] => ['all', value]),
      ...samplesOf(samples, of, where).map(({ value }): [string, number] => ['matched', value]),
    ];
  }
  return samplesOf(samples, `${series.of}_bucket`, series.where).map(({ labels, value }) => [
    String(Number(labels.get('le')?.replace('+Inf', 'Infinity') ?? 'NaN')),
    value,
  ]);
}

/** Adds up the counters that the monitor's series need from one metrics page. */
export function totalsOf(
  samples: readonly MetricSample[],
  series: ScrapeMonitor['series'],
  at: number,
): Totals {
  const counts: Record<string, number> = {};
  for (const [name, one] of Object.entries(series)) {
    for (const [part, value] of partsOf(one, samples)) {
      const key = `${name}/${part}`;
      counts[key] = (counts[key] ?? 0) + value;
    }
  }
  const finite = Object.entries(counts).filter(([, value]) => Number.isFinite(value));
  const started = samples.find(({ name }) => name === 'process_start_time_seconds')?.value;
  return {
    at,
    started: Number.isFinite(started) ? (started ?? null) : null,
    counts: Object.fromEntries(finite),
  };
}

/**
 * How the counters of one page grew. After a restart (another start time, or any sum of its counters that fell) they count
 * from zero, and so does a counter that wasn't there before.
 */
export function growthOf(before: Totals, after: Totals): Growth {
  const restarted =
    before.started !== after.started ||
    Object.entries(before.counts).some(([key, count]) => (after.counts[key] ?? 0) < count);
  const counts = Object.entries(after.counts).map(([key, count]) => [
    key,
    restarted ? count : count - (before.counts[key] ?? 0),
  ]);
  return { seconds: (after.at - before.at) / 1_000, counts: Object.fromEntries(counts) };
}
