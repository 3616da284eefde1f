import { z } from 'zod';
import { milliseconds } from '../playbook/duration.ts';
import type { MonitorInput } from './input.ts';
import { extendTally, judge, newTally, type Outcome, type Verdict, verdictOf } from './judge.ts';
import { addToOverall, overallSchema } from './overall.ts';
import { addPoints, pointsSchema } from './points.ts';
import { assess, type Reading } from './reading.ts';
import { totalsSchema } from './totals.ts';

const count = z.int().min(0);

/** What a monitor keeps between two looks; bounded, whatever its length. Times in milliseconds since the epoch. */
export const keptSchema = z.strictObject({
  v: z.literal(1),
  startedAt: z.number(),
  next: z.number(),
  fresh: z.boolean().describe('The next look only takes the counters to compare with'),
  tally: z.strictObject({ cycle: count, goal: count, passed: count, failed: count, inconclusive: count }),
  asked: z.number().nullable().describe('Since when a person is asked'),
  answers: count.describe('Answers seen'),
  last: z
    .strictObject({
      values: z.record(z.string(), z.number().nullable()),
      outcome: z.enum(['passed', 'failed', 'inconclusive']),
      reason: z.string().nullable(),
    })
    .nullable(),
  points: pointsSchema,
  totals: z.record(z.string(), totalsSchema).describe('The last counters of each metrics page'),
  overall: overallSchema.nullable().default(null).describe('All cycles together'),
});
export type Kept = z.infer<typeof keptSchema>;

/** A soak that begins. */
export function begin(input: MonitorInput, now: number): Kept {
  return {
    v: 1,
    startedAt: now,
    next: now,
    fresh: true,
    tally: newTally(input.cycles),
    asked: null,
    answers: 0,
    last: null,
    points: {},
    totals: {},
    overall: null,
  };
}

/** The counters to compare with are taken; the first cycle begins. */
export function ready(
  input: MonitorInput,
  kept: Kept,
  found: Pick<Kept, 'totals' | 'points'>,
  now: number,
): Kept {
  return { ...kept, ...found, fresh: false, next: now + milliseconds(input.interval) };
}

/** Judges a cycle's reading and keeps it. Pure: the same reading on the same history gives the same. */
export function cycleOf(
  input: MonitorInput,
  kept: Kept,
  reading: Reading,
  now: number,
): { kept: Kept; verdict: Verdict; outcome: Outcome } {
  const assessment = assess(input, reading, kept.tally.cycle + 1);
  const { tally, verdict } = judge(kept.tally, input, assessment.outcome);
  const reason = assessment.reason?.slice(0, 300) ?? null;
  return {
    verdict,
    outcome: assessment.outcome,
    kept: {
      ...kept,
      tally,
      next: now + milliseconds(input.interval),
      asked: verdict === 'inconclusive' ? (kept.asked ?? now) : null,
      last: { values: reading.values, outcome: assessment.outcome, reason },
      points: addPoints(kept.points, reading.values, now),
      overall: addToOverall(kept.overall, assessment.outcome, reading.values, now),
    },
  };
}

/** The verdict as it stands, without a new look. */
export function standing(input: MonitorInput, kept: Kept): Verdict {
  return verdictOf(kept.tally, input);
}

/** More time: by a duration, or by as many cycles as the playbook has. After a question it counts anew from now. */
export function extended(input: MonitorInput, kept: Kept, duration: number | undefined, now: number): Kept {
  const cycles =
    duration === undefined ? input.cycles : Math.max(1, Math.ceil(duration / milliseconds(input.interval)));
  const asked = kept.asked !== null;
  const tally = extendTally(kept.tally, Math.min(cycles, 10_000), asked);
  return asked ? { ...kept, tally, asked: null, next: now, fresh: true } : { ...kept, tally };
}
