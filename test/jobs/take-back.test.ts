import { afterEach, expect, test } from 'vitest';
import { redactJson, redactor } from '../../src/core/redact.ts';
import type { Fact } from '../../src/core/rollout/event.ts';
import { openSession, type Session } from '../../src/jobs/session.ts';
import { createTakeBack } from '../../src/jobs/take-back.ts';
import type { StepKind } from '../../src/ports/step.ts';
import { aborted, back, begun, failed, forTime, noon, planOf, waits } from '../rollout/journal.ts';
import { done, hang, kind } from '../support/kinds.ts';
import { worldForTest } from '../support/step-context.ts';
import { type MemoryJournals, memoryJournals } from './memory-journals.ts';

const clock = { now: () => noon };
const redact = redactor(['correct-horse-battery']);
let journals: MemoryJournals;
let session: Session | undefined;
afterEach(() => session?.close());

type Ends = NonNullable<StepKind['takeBack']>;

async function takenBack(takeBack: Ends | undefined, facts: Fact[]): Promise<readonly Fact[]> {
  const plan = planOf({ phases: [{ name: 'only', steps: [{ id: 'a', uses: 'made' }] }] });
  journals = memoryJournals(plan, clock);
  journals.people(facts);
  session = await openSession(journals, clock, journals.id);
  if (!session) throw new Error('the lease is free');
  const made = kind('made', async () => done(), takeBack ? { takeBack } : {});
  const ending = createTakeBack({
    kinds: new Map([['made', made]]),
    journals,
    rollouts: { list: async () => [], events: async () => [...journals.events()] },
    world: worldForTest(),
    clock,
    timezone: () => 'UTC',
    newNonce: () => 'nonce',
    secret: async () => undefined,
    redact: (fact) => redactJson(fact, redact) as Fact,
  });
  return ending(session, 'a');
}

const whyOf = async (takeBack: Ends, ...facts: Fact[]) =>
  (await takenBack(takeBack, facts)).map(({ data }) => ('why' in data ? data.why : undefined));

test('what was ended stands in the interruption, whoever overtook the step', async () => {
  const ends = async () => 'Job x is taken away';
  expect(await whyOf(ends, begun('a'), back)).toEqual(['Interrupted by the rollback. Job x is taken away']);
  expect(await whyOf(ends, begun('a'), waits('a', forTime(noon)), aborted)).toEqual([
    'Interrupted: the rollout was aborted. Job x is taken away',
  ]);
});

test('nothing is said where nothing was at work, or the kind leaves nothing at work', async () => {
  expect(await takenBack(async () => undefined, [begun('a'), back])).toEqual([]);
  expect(await takenBack(undefined, [begun('a'), back])).toEqual([]);
});

test('a step that had failed keeps its outcome, and what was ended stands in its tail', async () => {
  expect(await takenBack(async () => 'Job x is taken away', [begun('a'), failed('a'), back])).toEqual([]);
});

test('a failure to end it stops nobody, and says what may still be at work, without secrets', async () => {
  const refuses = async () => Promise.reject(new Error('correct-horse-battery was refused'));
  expect(await whyOf(refuses, begun('a'), back)).toEqual([
    expect.stringMatching(/What it began may still be at work: it could not be ended \(\S+ was refused\)$/),
  ]);
  expect(JSON.stringify(await takenBack(refuses, [begun('a'), back]))).not.toContain('correct-horse');
});

test('a service that never answers holds a rollback up for seconds only', async () => {
  expect(await whyOf((_context, signal) => hang(signal), begun('a'), back)).toEqual([
    expect.stringMatching(/could not be ended \(nothing answered within 4 s\)$/),
  ]);
});
