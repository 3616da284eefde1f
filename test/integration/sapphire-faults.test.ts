import { expect, test } from 'vitest';
import { isChange, nameOf } from '../support/google-writes.ts';
import { allOf, type Ends, launched, nobodyAsked } from '../support/sapphire-launch.ts';
import { drawnFaults, type Sequence, type Shown, showFaults } from '../support/shown-faults.ts';

const told = (status: number, headers = {}) => ({ told: { status, headers } });

/** What each call meets in a launch, in this order, before it goes through. */
const sequences: readonly Sequence[] = [
  [
    ['409', told(409)],
    ['429 with Retry-After', told(429, { 'retry-after': '1' })],
    ['503', told(503)],
  ],
  [
    ['the token expires (401)', told(401)],
    ['500', told(500)],
    ['is cut off, although applied', { applied: true, told: 'cut' }],
  ],
];

/** People look what they are asked, and try again. */
async function amid(sequence: Sequence, shown: Shown[]): Promise<Ends> {
  return launched(({ proxy }) => {
    const faults = showFaults(proxy, nameOf, (name) => (isChange(name) ? sequence : []), shown);
    const asked = new Set<string>();
    return async ({ id, attempts, summary }, retry) => {
      if (asked.has(`${id} ${attempts}`)) return;
      asked.add(`${id} ${attempts}`);
      const last = faults.shown.at(-1);
      if (last === undefined || !last.at.startsWith(`${id}: `)) throw new Error(`${id}: ${String(summary)}`);
      last.asked = String(summary);
      await retry();
    };
  });
}

test('at each call that changes something in a launch and its rollback Google fails in every way: each ends as one that nothing disturbed', async () => {
  const met = sequences.map((): Shown[] => []);
  const disturbed = sequences.map((sequence, index) => amid(sequence, met[index] ?? []));
  const [quiet, ...ends] = await allOf([launched(() => nobodyAsked), ...disturbed]).finally(() =>
    console.log(drawnFaults('Google', met.flat())),
  );
  const calls = [...quiet.taken.keys()];
  expect(calls.length).toBeGreaterThan(20);
  for (const [index, end] of ends.entries()) {
    expect(end.forward).toEqual(quiet.forward);
    expect(end.back).toEqual(quiet.back);
    expect(end.taken).toEqual(new Map(calls.map((name) => [name, 1])));
    const shown = new Set(met[index]?.map(({ fault, at }) => `${fault} at ${at}`));
    const all = calls.flatMap((name) => sequences[index]?.map(([fault]) => `${fault} at ${name}`));
    expect(shown).toEqual(new Set(all));
  }
  const questions = met.flat().flatMap(({ asked }) => asked ?? []);
  expect(questions.filter((asked) => !/answered \d{3}|someone changed it/.test(asked))).toEqual([]);
}, 1_800_000);
