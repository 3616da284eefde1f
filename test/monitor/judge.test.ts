import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  extendTally,
  judge,
  newTally,
  type Outcome,
  type Tally,
  type Verdict,
} from '../../src/core/monitor/judge.ts';

const limits = { failureLimit: 1, inconclusiveLimit: 2 };
const outcome = fc.constantFrom<Outcome>('passed', 'failed', 'inconclusive');
const someLimits = fc.record({
  failureLimit: fc.integer({ min: 1, max: 4 }),
  inconclusiveLimit: fc.integer({ min: 1, max: 4 }),
});

/** Plays outcomes until a verdict, as a soak does. */
function soak(
  goal: number,
  outcomes: readonly Outcome[],
  given = limits,
): { verdict: Verdict; tally: Tally; used: Outcome[] } {
  let tally = newTally(goal);
  const used: Outcome[] = [];
  for (const one of outcomes) {
    const next = judge(tally, given, one);
    tally = next.tally;
    used.push(one);
    if (next.verdict !== 'ongoing') return { verdict: next.verdict, tally, used };
  }
  return { verdict: 'ongoing', tally, used };
}

const p = 'passed';
const f = 'failed';
const i = 'inconclusive';

describe('judge', () => {
  it.each<[Outcome[], { failureLimit: number; inconclusiveLimit: number }, Verdict]>([
    [[p, p], limits, 'ongoing'],
    [[p, p, p], limits, 'pass'],
    [[f], limits, 'fail'],
    [[p, p, f], limits, 'fail'],
    [[i, i], limits, 'inconclusive'],
    [[i, p, i, p, i, p], limits, 'pass'],
    [[i, f], limits, 'fail'],
    [[p, p, f, p, p], { failureLimit: 2, inconclusiveLimit: 2 }, 'ongoing'],
    [[p, p, f, p, p, p], { failureLimit: 2, inconclusiveLimit: 2 }, 'pass'],
    [[p, f, p, f], { failureLimit: 2, inconclusiveLimit: 2 }, 'fail'],
  ])('%j ends as expected', (outcomes, given, expected) => {
    expect(soak(3, outcomes, given).verdict).toBe(expected);
  });

  it('passes only after enough passes since the last failure, never on missing data', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(outcome, { maxLength: 40 }),
        someLimits,
        (goal, outcomes, given) => {
          const { verdict, used } = soak(goal, outcomes, given);
          if (verdict !== 'pass') return;
          const since = used.slice(used.lastIndexOf('failed') + 1);
          expect(since.filter((one) => one === 'passed').length).toBeGreaterThanOrEqual(goal);
          expect(used.at(-1)).toBe('passed');
          expect(used.filter((one) => one === 'failed').length).toBeLessThan(given.failureLimit);
        },
      ),
    );
  });

  it('fails exactly when the limit is reached', () => {
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 40 }), someLimits, (outcomes, given) => {
        const { verdict, used } = soak(5, outcomes, given);
        const failures = used.filter((one) => one === 'failed').length;
        expect(verdict === 'fail').toBe(failures >= given.failureLimit);
      }),
    );
  });

  it('always comes to an end', () => {
    fc.assert(
      fc.property(fc.infiniteStream(outcome), someLimits, (stream, given) => {
        expect(soak(4, [...stream.take(200)], given).verdict).not.toBe('ongoing');
      }),
    );
  });

  it('in a watch that goes on, says fail until enough cycles passed again', () => {
    let tally = newTally(2);
    const said = [p, p, p, f, p, i, p, p, f].map((one) => {
      const next = judge(tally, limits, one as Outcome);
      tally = next.tally;
      return next.verdict;
    });
    expect(said).toEqual(['ongoing', 'pass', 'pass', 'fail', 'fail', 'fail', 'pass', 'pass', 'fail']);
  });
});

describe('extendTally', () => {
  it('adds cycles while it runs, and asks for so many more after a question', () => {
    const tally = { cycle: 5, goal: 4, passed: 1, failed: 0, inconclusive: 2 };
    expect(extendTally(tally, 2, false)).toEqual({ ...tally, goal: 6, inconclusive: 0 });
    expect(extendTally(tally, 2, true)).toEqual({ ...tally, goal: 4, inconclusive: 0 });
    expect(extendTally(tally, 9, true)).toEqual({ ...tally, goal: 10, inconclusive: 0 });
  });
});
