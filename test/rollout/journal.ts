import { playbookSchema } from '../../src/core/playbook/playbook.ts';
import { type Actor, type Person, theBot } from '../../src/core/rollout/actor.ts';
import { chain, genesis } from '../../src/core/rollout/chain.ts';
import {
  type Fact,
  type RolloutEvent,
  rolloutEventSchema,
  type Waiting,
} from '../../src/core/rollout/event.ts';
import { type Folded, fold } from '../../src/core/rollout/fold.ts';
import { type Plan, planDigest } from '../../src/core/rollout/plan.ts';

export const noon = Date.parse('2026-11-21T12:00:00Z');
export const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

export const alice: Person = { kind: 'person', id: 'alice', name: 'Alice', via: 'console' };
export const bob: Person = { kind: 'person', id: 'bob', name: 'Bob', via: 'console' };

/** A plan from a playbook written in brief. */
export function planOf(playbook: object): Plan {
  return {
    v: 1,
    playbook: playbookSchema.parse({
      apiVersion: 'cutover/v1',
      name: 'test',
      environments: ['test'],
      ...playbook,
    }),
    environment: { name: 'test', vars: {}, connections: {}, quorum: 1 },
    target: null,
    params: {},
  };
}

/** A journal that is written fact by fact, as the real one is: parsed and chained. */
export interface Journal {
  readonly events: readonly RolloutEvent[];
  readonly folded: Folded;
  add(facts: readonly Fact[], at: number, actor?: Actor): Folded;
}

/** A journal of a planned rollout, started unless it is scheduled. */
export function journalOf(plan: Plan, options: { startAt?: number; more?: readonly Fact[] } = {}): Journal {
  const { startAt, more = [] } = options;
  const events: RolloutEvent[] = [];
  let folded: Folded | undefined;
  const add = (facts: readonly Fact[], at: number, actor: Actor = theBot): Folded => {
    const end = folded?.state ?? { seq: 0, head: genesis };
    const fresh = chain(end, facts, actor, iso(at)).map((event) => rolloutEventSchema.parse(event));
    events.push(...fresh);
    folded = fold(folded, fresh);
    return current();
  };
  const current = (): Folded => {
    if (!folded) throw new Error('the journal is empty');
    return folded;
  };
  const planned: Fact = {
    type: 'rollout.planned',
    data: {
      id: 'test-1',
      plan,
      digest: planDigest(plan),
      channels: [],
      ...(startAt === undefined ? {} : { startAt: iso(startAt) }),
    },
  };
  add([planned, ...(startAt === undefined ? [started] : [])], noon, alice);
  if (more.length > 0) add(more, noon);
  return {
    events,
    add,
    get folded() {
      return current();
    },
  };
}

export const started: Fact = { type: 'rollout.started', data: {} };
export const paused: Fact = { type: 'rollout.paused', data: {} };
export const resumed: Fact = { type: 'rollout.resumed', data: {} };
export const aborted: Fact = { type: 'rollout.aborted', data: {} };
export const released: Fact = { type: 'rollout.released', data: {} };
export const back: Fact = { type: 'rollback.requested', data: { reason: 'errors' } };

export const begun = (step: string, attempt = 1): Fact => ({
  type: 'step.started',
  data: { step, attempt, epoch: 1, input: {} },
});
export const done = (step: string): Fact => ({ type: 'step.succeeded', data: { step, summary: 'done' } });
export const failed = (step: string, retryAt?: number): Fact => ({
  type: 'step.failed',
  data: { step, summary: 'bad', ...(retryAt === undefined ? {} : { retryAt: iso(retryAt) }) },
});
export const doubted = (step: string): Fact => ({
  type: 'step.doubted',
  data: { step, summary: 'who knows', known: [] },
});
export const interrupted = (step: string): Fact => ({
  type: 'step.interrupted',
  data: { step, why: 'stopped' },
});
export const waits = (step: string, waiting: Waiting, seen?: number): Fact => ({
  type: 'step.waiting',
  data: { step, waiting, ...(seen === undefined ? {} : { seen }) },
});
export const answered = (step: string): Fact => ({
  type: 'step.answered',
  data: { step, answer: 'approve', nonce: 'n' },
});

export const forTime = (until: number): Waiting => ({ for: 'time', until: iso(until), what: 'a moment' });
export const forApproval = (until?: number): Waiting => ({
  for: 'approval',
  roles: ['release-manager'],
  quorum: 1,
  nonce: 'n',
  digest: 'd',
  what: 'the switch',
  ...(until === undefined ? {} : { until: iso(until) }),
});
