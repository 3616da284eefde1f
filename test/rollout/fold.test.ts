import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fact, RolloutEvent } from '../../src/core/rollout/event.ts';
import { faultOf } from '../../src/core/rollout/event.ts';
import { type Folded, fold } from '../../src/core/rollout/fold.ts';
import { type Plan, planDigest } from '../../src/core/rollout/plan.ts';
import type { StepState } from '../../src/core/rollout/state.ts';
import { statusOf } from '../../src/core/rollout/status.ts';
import { turn } from '../../src/core/rollout/turn.ts';
import { describeRollout } from '../../src/core/rollout/view.ts';
import {
  aborted,
  answered,
  back,
  begun,
  bob,
  done,
  doubted,
  failed,
  forApproval,
  forTime,
  journalOf,
  noon,
  paused,
  planOf,
  resumed,
  waits,
} from './journal.ts';

const step = (id: string, more: object = {}) => ({ id, uses: 'note', ...more });
const two = { phases: [{ name: 'only', steps: [step('a'), step('b')] }], rollback: [step('undo')] };

/** A journal with nearly every kind of fact in it. */
function fullJournal() {
  const journal = journalOf(planOf({ ...two, hypercare: { window: '1m' } }));
  const { plan } = journal.folded;
  const facts: Fact[] = [
    { type: 'rollout.followed', data: { channel: { platform: 'slack', id: 'C1' } } },
    begun('a'),
    { type: 'step.captured', data: { step: 'a', before: { host: 'blue' } } },
    failed('a', noon + 5),
    begun('a', 2),
    { type: 'step.captured', data: { step: 'a', before: { host: 'green' } } },
    waits('a', forApproval()),
    answered('a'),
    answered('a'),
    waits('a', forApproval(), 1),
    { type: 'plan.revised', data: { plan, digest: planDigest(plan), reason: 'image' } },
    begun('a', 3),
    done('a'),
    paused,
    begun('b'),
    doubted('b'),
    { type: 'step.settled', data: { step: 'b', evidence: 'saw it' } },
    resumed,
    { type: 'phase.finished', data: { phase: 'only' } },
    { type: 'hypercare.started', data: { until: new Date(noon + 60_000).toISOString() } },
    { type: 'hypercare.noticed', data: { summary: 'errors' } },
    { type: 'hypercare.cleared', data: { summary: 'fine' } },
    { type: 'hypercare.extended', data: { until: new Date(noon + 90_000).toISOString() } },
    { type: 'hypercare.checked', data: { after: '30s' } },
    { type: 'hypercare.ended', data: {} },
    { type: 'rollout.reclaimed', data: {} },
    { type: 'duty.due', data: { duty: 'a' } },
    { type: 'duty.escalated', data: { duty: 'a', roles: ['boss'] } },
    { type: 'duty.done', data: { duty: 'a', evidence: 'seen' } },
    { type: 'duty.cancelled', data: { duty: 'b', reason: 'not needed' } },
    { type: 'rollout.superseded', data: { by: 'test-2' } },
    back,
    begun('undo'),
    done('undo'),
    { type: 'rollback.finished', data: {} },
    { type: 'rollout.released', data: {} },
  ];
  for (const fact of facts) journal.add([fact], noon, bob);
  return journal;
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}

describe('the fold', () => {
  test('changes nothing that it is given', () => {
    const events = frozen([...fullJournal().events]);
    const folded = events.reduce<Folded | undefined>((at, event) => frozen(fold(at, [event])), undefined);
    expect(folded).toEqual(fullJournal().folded);
  });

  test('comes to the same from every cut, also when what stood there was stored as JSON', () => {
    const { events, folded } = fullJournal();
    for (let cut = 1; cut <= events.length; cut += 1) {
      const before = fold(undefined, events.slice(0, cut));
      const stored = JSON.parse(JSON.stringify(before)) as Folded;
      expect(stored).toEqual(before);
      expect(fold(stored, events.slice(cut)), `cut at ${cut}`).toEqual(folded);
    }
  });

  test('names the event that holds the plan in force, also after a revision', () => {
    const { events, folded } = fullJournal();
    const holder = events[folded.state.planAt - 1];
    expect(holder?.type).toBe('plan.revised');
    expect(folded.state.seq).toBe(events.length);
    expect(folded.state.head).toBe(events.at(-1)?.hash);
  });

  test('refuses a journal that does not begin at its beginning, and a step that the plan does not have', () => {
    const { events } = fullJournal();
    expect(() => fold(undefined, events.slice(1))).toThrow('a journal begins with rollout.planned');
    const journal = journalOf(planOf(two));
    expect(() => journal.add([done('c')], noon)).toThrow('step.succeeded names an unknown step: c');
    expect(() => journal.add([{ type: 'hypercare.cleared', data: { summary: 'fine' } }], noon)).toThrow(
      'hypercare.cleared without hypercare.started',
    );
  });
});

function stepAfter(...facts: Fact[]): StepState | undefined {
  const journal = journalOf(planOf(two));
  for (const fact of facts) journal.add([fact], noon, bob);
  return journal.folded.state.steps.a;
}

describe('a step', () => {
  test('keeps its first capture for good', () => {
    const captured = (before: string): Fact => ({ type: 'step.captured', data: { step: 'a', before } });
    const retried = [failed('a', noon), begun('a', 2)];
    expect(stepAfter(begun('a'), captured('blue'), ...retried, captured('green'))?.before).toBe('blue');
  });

  test('counts the retries of the playbook from the last retry of a person', () => {
    const reset: Fact = { type: 'step.reset', data: { step: 'a' } };
    expect(stepAfter(begun('a'), failed('a'), reset)).toMatchObject({
      status: 'pending',
      attempts: 1,
      forgiven: 1,
    });
  });

  test('begun again in the same attempt keeps what it had been answered', () => {
    const again = stepAfter(begun('a'), waits('a', forApproval()), answered('a'), begun('a'));
    expect(again).toMatchObject({ status: 'running', attempts: 1, answers: [{ by: { id: 'bob' } }] });
  });

  test('begun in a new attempt has no answers, and nothing of the attempt before but its capture', () => {
    const before: Fact = { type: 'step.captured', data: { step: 'a', before: 1 } };
    const later = stepAfter(begun('a'), before, waits('a', forApproval()), answered('a'), begun('a', 2));
    expect(later).toMatchObject({ status: 'running', attempts: 2, answers: [], unseen: false, before: 1 });
    expect(later).not.toHaveProperty('waiting');
  });

  test('that waits for approval is asked anew when the plan is revised, and others are not', () => {
    const plan = planOf(two);
    const revised: Fact = { type: 'plan.revised', data: { plan, digest: planDigest(plan), reason: 'image' } };
    expect(stepAfter(begun('a'), waits('a', forApproval()), answered('a'), revised)).toMatchObject({
      status: 'pending',
      answers: [],
      started: true,
    });
    expect(stepAfter(begun('a'), waits('a', forTime(noon)), revised)?.status).toBe('waiting');
  });

  test('takes answers from people alone', () => {
    const journal = journalOf(planOf(two), { more: [begun('a'), waits('a', forApproval())] });
    journal.add([answered('a')], noon);
    expect(journal.folded.state.steps.a).toMatchObject({ answers: [], unseen: false });
  });

  test('with a capture counts as rolled back in the end; one that only looked stays as it ended', () => {
    const { state } = fullJournal().folded;
    expect(state.steps.a?.status).toBe('rolled-back');
    expect(state.steps.b?.status).toBe('succeeded');
    expect(state.steps.undo?.status).toBe('succeeded');
  });
});

describe('the status', () => {
  const of = (playbook: object, ...facts: Fact[]): string => {
    const journal = journalOf(planOf(playbook), { more: facts });
    return statusOf(journal.folded.plan, journal.folded.state);
  };
  const parallel = { phases: [{ name: 'only', parallel: true, steps: [step('a'), step('b')] }] };

  test.each<[string, string, object, Fact[]]>([
    ['a pause with a step at work', 'paused', two, [begun('a'), paused]],
    ['a pause after a failure', 'failed', two, [begun('a'), failed('a'), paused]],
    ['a doubt beside a failure', 'in-doubt', parallel, [begun('a'), begun('b'), failed('a'), doubted('b')]],
    ['a failure beside a step at work', 'failed', parallel, [begun('a'), begun('b'), failed('a')]],
    [
      'people and time waited for',
      'running',
      parallel,
      [begun('a'), begun('b'), waits('a', forTime(noon)), waits('b', forApproval())],
    ],
    ['people alone waited for', 'waiting', parallel, [begun('a'), waits('a', forApproval())]],
    ['an answer not yet seen', 'running', two, [begun('a'), waits('a', forTime(noon)), answered('a')]],
    ['a rollback of an aborted rollout', 'rolling-back', two, [aborted, back]],
    ['a rollback that fails', 'rollback-failed', two, [back, begun('undo'), failed('undo')]],
    ['a rollback in doubt', 'in-doubt', two, [back, begun('undo'), doubted('undo')]],
    ['a finished rollback', 'rolled-back', two, [back, { type: 'rollback.finished', data: {} }]],
  ])('of %s is %s', (_name, want, playbook, facts) => {
    expect(of(playbook, ...facts)).toBe(want);
  });
});

describe('the view', () => {
  test('names the step that the rollout is at, not one that was allowed to fail', () => {
    const playbook = {
      phases: [
        { name: 'one', steps: [step('a', { onFailure: 'continue' })] },
        { name: 'two', steps: [step('b')] },
      ],
      rollback: [step('undo')],
    };
    const journal = journalOf(planOf(playbook), {
      more: [begun('a'), failed('a'), { type: 'phase.finished', data: { phase: 'one' } }, begun('b')],
    });
    expect(describeRollout(journal.folded)).toMatchObject({ phase: 'two', step: 'b' });
    const stopped: Fact = { type: 'step.interrupted', data: { step: 'b', why: 'rollback' } };
    journal.add([back, stopped, begun('undo')], noon);
    expect(describeRollout(journal.folded)).toMatchObject({ phase: null, step: 'undo' });
  });
});

/** Runs a plan to its end, each step succeeding at once. */
function cleanRun(plan: Plan): Folded {
  const journal = journalOf(plan);
  let outcomes: Fact[] = [];
  for (let now = noon; !journal.folded.state.succeeded; now += 1_000) {
    const { facts, next } = turn(journal.folded, outcomes, now, 1, new Set());
    journal.add(facts, now);
    if (next.do === 'sum-up') journal.add([{ type: 'hypercare.ended', data: {} }], now);
    if (next.do === 'rest' && next.until === undefined) break;
    outcomes = next.do === 'work' ? next.work.map(({ step: id }) => done(id)) : [];
  }
  return journal.folded;
}

test('a clean rollout of 30 steps has at most 12 milestones', () => {
  const phases = Array.from({ length: 6 }, (_, p) => ({
    name: `p${p}`,
    parallel: p % 2 === 0,
    steps: Array.from({ length: 5 }, (_, s) =>
      step(`s${p}-${s}`, s === 0 && p === 3 ? { uses: 'approval' } : {}),
    ),
  }));
  const { state } = cleanRun(planOf({ phases, hypercare: { window: '10s' } }));
  expect(state.succeeded).toBe(true);
  expect(state.milestones.length).toBeLessThanOrEqual(12);
  expect(state.milestones.map(({ type }) => type)).toEqual([
    'phase-finished',
    'phase-finished',
    'phase-finished',
    'approved',
    'phase-finished',
    'phase-finished',
    'phase-finished',
    'hypercare-started',
    'succeeded',
  ]);
});

describe('a fact that the journal can not keep', () => {
  test.each<[string, Fact]>([
    [
      'a field that it does not know',
      { type: 'step.captured', data: { step: 'a', before: 1, more: 1 } } as Fact,
    ],
    [
      'a number that JSON does not have',
      { ...done('a'), data: { step: 'a', summary: '', output: Number.NaN } } as Fact,
    ],
    ['half a character', done('a\ud83d')],
  ])('is known by %s', (_name, fact) => {
    expect(faultOf(fact)).toEqual(expect.any(String));
  });

  test('is told apart from all that it keeps', () => {
    for (const { type, data } of fullJournal().events as RolloutEvent[])
      expect(faultOf({ type, data } as Fact)).toBeUndefined();
    fc.assert(
      fc.property(fc.json(), (text) => {
        const output = JSON.parse(text) as never;
        expect(faultOf({ type: 'step.succeeded', data: { step: 'a', summary: '', output } })).toBeUndefined();
      }),
    );
  });
});
