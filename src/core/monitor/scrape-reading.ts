import type { MetricSample } from './exposition.ts';
import type { ScrapeMonitor, ScrapeSeries } from './input.ts';
import { histogramQuantile } from './quantile.ts';
import type { Reading } from './reading.ts';
import { type Growth, samplesOf } from './totals.ts';

interface Value {
  value: number | null;
  /** Observations that the value rests on; absent: it doesn't rest on counting. */
  samples?: number;
}

function part(growth: readonly Growth[], name: string, key: string): number | undefined {
  const counts = growth.flatMap(({ counts }) => counts[`${name}/${key}`] ?? []);
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}

function buckets(growth: readonly Growth[], name: string): [number, number][] {
  const sums = new Map<number, number>();
  for (const [key, count] of growth.flatMap(({ counts }) => Object.entries(counts))) {
    if (!key.startsWith(`${name}/`)) continue;
    const le = Number(key.slice(name.length + 1));
    sums.set(le, (sums.get(le) ?? 0) + count);
  }
  return [...sums];
}

function rate(growth: readonly Growth[], name: string): number | null {
  const known = growth.filter(({ counts, seconds }) => counts[`${name}/all`] !== undefined && seconds > 0);
  if (known.length === 0) return null;
  return known.reduce((sum, { counts, seconds }) => sum + (counts[`${name}/all`] ?? 0) / seconds, 0);
}

function over(values: readonly number[], how: 'max' | 'min' | 'sum' | 'avg'): number | null {
  if (values.length === 0 || values.some((value) => !Number.isFinite(value))) return null;
  const sum = values.reduce((total, value) => total + value, 0);
  return { max: Math.max(...values), min: Math.min(...values), sum, avg: sum / values.length }[how];
}

function measured(
  name: string,
  series: ScrapeSeries,
  growth: readonly Growth[],
  now: readonly MetricSample[],
): Value {
  if ('gauge' in series) {
    const values = samplesOf(now, series.gauge, series.where).map(({ value }) => value);
    return { value: over(values, series.over) };
  }
  const all = part(growth, name, 'all') ?? 0;
  if ('rate' in series) return { value: rate(growth, name), samples: all };
  if ('ratio' in series) {
    return { value: all > 0 ? (part(growth, name, 'matched') ?? 0) / all : null, samples: all };
  }
  const histogram = buckets(growth, name);
  const samples = Math.max(0, ...histogram.map(([, count]) => count));
  return { value: histogramQuantile(series.quantile, histogram), samples };
}

/**
 * The values of a cycle from what the pages' counters grew by and what they say now. `samples` is the least
 * number of observations that any ratio or quantile rests on, or else any rate.
 */
export function scrapeReading(
  series: ScrapeMonitor['series'],
  growth: readonly Growth[],
  now: readonly MetricSample[],
): Reading {
  const all = Object.entries(series).map(([name, one]) => ({
    name,
    one,
    ...measured(name, one, growth, now),
  }));
  const strong = all.filter(({ one }) => 'ratio' in one || 'quantile' in one);
  const counted = (strong.length > 0 ? strong : all).flatMap(({ samples }) => samples ?? []);
  return {
    values: Object.fromEntries(
      all.map(({ name, one, value }) => [name, value === null ? null : value * one.scale]),
    ),
    gaps: all.filter(({ value }) => value === null).map(({ name }) => `no data for ${name}`),
    ...(counted.length === 0 ? {} : { samples: Math.min(...counted) }),
  };
}
