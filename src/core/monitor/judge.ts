/** What one cycle showed. `inconclusive`: too little data, a gap, or neither condition was met. */
export type Outcome = 'passed' | 'failed' | 'inconclusive';

/** What is known so far. `inconclusive`: a person has to decide. */
export type Verdict = 'ongoing' | 'pass' | 'fail' | 'inconclusive';

/** How a monitor's cycles went. */
export interface Tally {
  /** Cycles judged so far. */
  cycle: number;
  /** Cycles that must pass. */
  goal: number;
  /** Passed since the last failed one; inconclusive cycles in between neither count nor break the row. */
  passed: number;
  /** Failed since the last pass verdict. */
  failed: number;
  /** Inconclusive in a row. */
  inconclusive: number;
}

export interface JudgeLimits {
  /** The verdict is fail at this many failed cycles. */
  failureLimit: number;
  /** A person is asked at this many inconclusive cycles in a row. */
  inconclusiveLimit: number;
}

export function newTally(goal: number): Tally {
  return { cycle: 0, goal, passed: 0, failed: 0, inconclusive: 0 };
}

function count(tally: Tally, outcome: Outcome): Tally {
  const next = { ...tally, cycle: tally.cycle + 1 };
  switch (outcome) {
    case 'passed':
      return { ...next, passed: tally.passed + 1, inconclusive: 0 };
    case 'failed':
      return { ...next, passed: 0, failed: tally.failed + 1, inconclusive: 0 };
    case 'inconclusive':
      return { ...next, inconclusive: tally.inconclusive + 1 };
  }
}

/** The verdict of a tally. Missing data is never a pass, and never hides a failure. */
export function verdictOf(tally: Tally, limits: JudgeLimits): Verdict {
  if (tally.failed >= limits.failureLimit && tally.passed < tally.goal) return 'fail';
  if (tally.inconclusive >= limits.inconclusiveLimit) return 'inconclusive';
  return tally.inconclusive === 0 && tally.passed >= tally.goal ? 'pass' : 'ongoing';
}

/**
 * Counts one more cycle. A soak ends at the first verdict that is not `ongoing`. A watch goes on: after
 * `fail` it says `fail` until `goal` cycles in a row passed, and forgets earlier failures with that pass.
 */
export function judge(
  tally: Tally,
  limits: JudgeLimits,
  outcome: Outcome,
): { tally: Tally; verdict: Verdict } {
  const counted = count(tally, outcome);
  const verdict = verdictOf(counted, limits);
  return { verdict, tally: verdict === 'pass' ? { ...counted, failed: 0 } : counted };
}

/**
 * More cycles must pass; what passed and failed stays counted. While it runs they are added; when a person
 * was asked about an inconclusive soak (`asked`), at least so many are still to pass.
 */
export function extendTally(tally: Tally, cycles: number, asked: boolean): Tally {
  const goal = asked ? Math.max(tally.goal, tally.passed + cycles) : tally.goal + cycles;
  return { ...tally, goal, inconclusive: 0 };
}
