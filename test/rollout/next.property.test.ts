import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verifyChain } from '../../src/core/rollout/chain.ts';
import type { RolloutStatus } from '../../src/core/rollout/state.ts';
import { isEnded, isWaitingForPeople } from '../../src/core/rollout/status.ts';
import { happening, playbook } from './arbitraries.ts';
import { fakeWorld } from './fake-world.ts';
import { noon, planOf } from './journal.ts';

/** Where a rollout may be at rest without a time, because a person has the next move or nobody has. */
const forPeople: readonly RolloutStatus[] = [
  'waiting',
  'paused',
  'in-doubt',
  'failed',
  'rollback-failed',
  'rolled-back',
  'aborted',
  'succeeded',
];

/** A task in the rollback list leaves the rollout rolling back, and one at hypercare's end leaves it in hypercare. */
function asksPeople({ journal }: ReturnType<typeof fakeWorld>): boolean {
  return Object.values(journal.folded.state.steps).some(isWaitingForPeople);
}

test('whatever happens: no step begins twice or the wrong way, nobody is left hanging, and it comes to an end', () => {
  fc.assert(
    fc.property(
      playbook,
      fc.constantFrom(undefined, noon + 5_000),
      fc.array(happening, { maxLength: 60 }),
      (drawn, startAt, story) => {
        const plan = planOf(drawn);
        const world = fakeWorld(plan, startAt);
        for (const happened of story) {
          const { next } = world.take();
          if (next.do === 'rest' && next.until === undefined && world.atWork.size === 0 && !asksPeople(world))
            expect(forPeople).toContain(world.status());
          world.happen(happened);
        }
        let turns = 0;
        while (!isEnded(plan, world.journal.folded.state)) {
          world.take();
          world.help();
          turns += 1;
          if (turns > 200) throw new Error(`no end: it is ${world.status()} after ${turns} turns`);
        }
        expect(['succeeded', 'aborted', 'rolled-back']).toContain(world.status());
        expect(verifyChain(world.journal.events)).toMatchObject({ ok: true });
      },
    ),
    { numRuns: 500 },
  );
});
