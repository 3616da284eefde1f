import type { Json } from '../json.ts';
import { holds } from '../step/condition.ts';
import type { MonitorInput } from './input.ts';
import type { Outcome } from './judge.ts';

/** What a cycle measured, in the units that people read. */
export interface Reading {
  /** Null where there is no number: a gap. */
  values: Record<string, number | null>;
  /** What is missing and why, a few words each; empty when nothing is. */
  gaps: string[];
  /** Observations in this cycle, where the provider counts them. */
  samples?: number;
}

export interface Assessment {
  outcome: Outcome;
  /** Why it failed or is inconclusive. */
  reason?: string;
}

type Truth = { is: boolean } | { unknown: string };

function truth(source: string, scope: Record<string, Json>): Truth {
  try {
    return { is: holds(source, scope) };
  } catch (error) {
    return { unknown: error instanceof Error ? error.message : String(error) };
  }
}

function scopeOf(input: MonitorInput, reading: Reading, cycle: number): Record<string, Json> {
  const samples: Record<string, Json> = reading.samples === undefined ? {} : { samples: reading.samples };
  return { cycle, cycles: input.cycles, ...samples, ...reading.values };
}

function inconclusive(reason: string): Assessment {
  return { outcome: 'inconclusive', reason };
}

function judged(input: MonitorInput, scope: Record<string, Json>): Assessment {
  const { success, failure } = input;
  if (success === undefined) return { outcome: 'passed' };
  const good = truth(success, scope);
  if ('unknown' in good) return inconclusive(good.unknown);
  if (good.is) return { outcome: 'passed' };
  if (failure === undefined) return { outcome: 'failed', reason: `“${success}” does not hold` };
  return inconclusive(`neither “${success}” nor “${failure}” holds`);
}

/**
 * Judges one cycle. Too little data decides nothing. A failure that shows in spite of a gap is a failure;
 * any other gap, and a condition that can't be evaluated, is inconclusive: missing data never passes.
 */
export function assess(input: MonitorInput, reading: Reading, cycle: number): Assessment {
  const scope = scopeOf(input, reading, cycle);
  const gap = reading.gaps.join('; ');
  if (input.enough !== undefined) {
    const enough = truth(input.enough, scope);
    if ('unknown' in enough) return inconclusive(gap || enough.unknown);
    if (!enough.is) return inconclusive(gap || `too little data: “${input.enough}” does not hold`);
  }
  const bad: Truth = input.failure === undefined ? { is: false } : truth(input.failure, scope);
  if ('is' in bad && bad.is) return { outcome: 'failed', reason: `“${input.failure}” holds` };
  if (gap !== '') return inconclusive(gap);
  return 'unknown' in bad ? inconclusive(bad.unknown) : judged(input, scope);
}
