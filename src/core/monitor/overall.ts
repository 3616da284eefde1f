import { z } from 'zod';
import type { WatchNumbers } from '../rollout/event.ts';
import type { MonitorInput } from './input.ts';
import type { Outcome } from './judge.ts';
import type { Kept } from './kept.ts';

const count = z.int().min(0);

/** All cycles of a monitor together; bounded by the number of its series. */
export const overallSchema = z.strictObject({
  since: z.number().describe('Milliseconds since the epoch'),
  cycles: z.strictObject({ passed: count, failed: count, inconclusive: count }),
  series: z.record(z.string(), z.strictObject({ readings: count, sum: z.number(), most: z.number() })),
});
type Overall = z.infer<typeof overallSchema>;

/** Adds a cycle. A gap in a series adds nothing to it. */
export function addToOverall(
  before: Overall | null,
  outcome: Outcome,
  values: Readonly<Record<string, number | null>>,
  now: number,
): Overall {
  const { since, cycles, series } = before ?? {
    since: now,
    cycles: { passed: 0, failed: 0, inconclusive: 0 },
    series: {},
  };
  const next = { ...series };
  for (const [name, value] of Object.entries(values)) {
    if (value === null || !Number.isFinite(value)) continue;
    const { readings, sum, most } = series[name] ?? { readings: 0, sum: 0, most: value };
    next[name] = { readings: readings + 1, sum: sum + value, most: Math.max(most, value) };
  }
  return { since, cycles: { ...cycles, [outcome]: cycles[outcome] + 1 }, series: next };
}

/** What a monitor measured so far, in the units that people read; undefined before its first cycle was judged. */
export function numbersOf(input: MonitorInput, { overall, last }: Kept): WatchNumbers | undefined {
  if (overall === null) return undefined;
  const series = Object.entries(overall.series).flatMap(([name, { readings, sum, most }]) => {
    const asked = input.series[name];
    if (asked === undefined) return [];
    const value = last?.values[name];
    return {
      name,
      unit: asked.unit,
      mean: short(sum / readings),
      most: short(most),
      ...(asked.limit === undefined ? {} : { limit: asked.limit }),
      ...(typeof value === 'number' ? { last: short(value) } : {}),
    };
  });
  return { since: new Date(overall.since).toISOString(), cycles: overall.cycles, series };
}

function short(value: number): number {
  return Number(value.toPrecision(6));
}
