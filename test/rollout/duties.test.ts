import { describe, expect, test } from 'vitest';
import { dutiesOf, isDutyOf, openDutiesOf } from '../../src/core/rollout/duties.ts';
import type { Fact } from '../../src/core/rollout/event.ts';
import { next } from '../../src/core/rollout/next.ts';
import { turn } from '../../src/core/rollout/turn.ts';
import { describeRollout } from '../../src/core/rollout/view.ts';
import { alice, back, begun, bob, done, iso, journalOf, noon, planOf, released } from './journal.ts';

const hour = 3_600_000;
const playbook = {
  phases: [
    {
      name: 'only',
      steps: [
        { id: 'keys', uses: 'reminder' },
        { id: 'logs', uses: 'reminder' },
      ],
    },
  ],
  rollback: [{ id: 'undo', uses: 'reminder' }],
};

const noted = (step: string, output: object): Fact[] => [
  begun(step),
  { type: 'step.succeeded', data: { step, summary: 'noted', output: output as never } },
];
const keys = {
  text: 'Rotate the keys',
  role: 'security',
  due: iso(noon + 5 * hour),
  escalate: { at: iso(noon + 8 * hour), roles: ['boss'] },
};
const logs = { text: 'Put the logs back', owner: 'bob', due: iso(noon + 9 * hour), stays: true };
const ended: Fact[] = [
  { type: 'phase.finished', data: { phase: 'only' } },
  { type: 'rollout.succeeded', data: {} },
  released,
];

function afterLaunch(...more: Fact[]) {
  const journal = journalOf(planOf(playbook), {
    more: [...noted('keys', keys), ...noted('logs', logs), ...ended],
  });
  if (more.length > 0) journal.add(more, noon);
  return journal;
}

const nextOf = ({ folded: { plan, state } }: ReturnType<typeof afterLaunch>, now: number) =>
  next(plan, state, now, new Set());

describe('duties', () => {
  test('are waited for after the end, reminded of at their time, and escalated when nobody did them', () => {
    const journal = afterLaunch();
    expect(nextOf(journal, noon)).toEqual({ do: 'rest', until: noon + 5 * hour });
    const due = turn(journal.folded, [], noon + 5 * hour, 1, new Set());
    expect(due).toEqual({
      facts: [{ type: 'duty.due', data: { duty: 'keys' } }],
      next: { do: 'rest', until: noon + 8 * hour },
    });
    journal.add(due.facts, noon + 5 * hour);
    const late = turn(journal.folded, [], noon + 8 * hour, 1, new Set());
    expect(late).toEqual({
      facts: [{ type: 'duty.escalated', data: { duty: 'keys', roles: ['boss'] } }],
      next: { do: 'rest', until: noon + 9 * hour },
    });
    journal.add(late.facts, noon + 8 * hour);
    expect(openDutiesOf(journal.folded).map(({ id, status }) => `${id} ${status}`)).toEqual([
      'keys overdue',
      'logs open',
    ]);
  });

  test('are all told at once after an outage, and each once', () => {
    const journal = afterLaunch();
    const { facts, next: then } = turn(journal.folded, [], noon + 100 * hour, 1, new Set());
    expect(facts.map(({ type, data }) => `${type} ${'duty' in data ? data.duty : ''}`)).toEqual([
      'duty.due keys',
      'duty.due logs',
      'duty.escalated keys',
    ]);
    expect(then).toEqual({ do: 'rest' });
  });

  test('that are done are waited for no more', () => {
    const journal = afterLaunch();
    journal.add([{ type: 'duty.done', data: { duty: 'keys', evidence: 'ticket 7' } }], noon, bob);
    expect(nextOf(journal, noon)).toEqual({ do: 'rest', until: noon + 9 * hour });
    expect(describeRollout(journal.folded).duties).toMatchObject([
      { id: 'keys', status: 'done', doneBy: 'bob', evidence: 'ticket 7', role: 'security' },
      { id: 'logs', status: 'open', owner: 'bob', role: null, doneBy: null },
    ]);
  });

  test('are cancelled by a rollback, but what stays in any case and what the rollback noted itself', () => {
    const journal = journalOf(planOf(playbook), {
      more: [
        ...noted('keys', keys),
        ...noted('logs', logs),
        back,
        ...noted('undo', { ...keys, text: 'Tell people' }),
      ],
    });
    const { facts } = turn(journal.folded, [], noon, 1, new Set());
    journal.add(facts, noon);
    expect(dutiesOf(journal.folded).map(({ id, status }) => `${id} ${status}`)).toEqual([
      'keys cancelled',
      'logs open',
      'undo open',
    ]);
    expect(nextOf(journal, noon)).toEqual({ do: 'rest', until: noon + 5 * hour });
  });

  test('of a step that has not noted one, or noted something else, are none', () => {
    const journal = journalOf(planOf(playbook), { more: [begun('keys'), done('keys')] });
    expect(dutiesOf(journal.folded)).toEqual([]);
  });

  test('are a person’s by name, by role, and by escalation once they are late', () => {
    const [first] = dutiesOf(afterLaunch().folded);
    if (first === undefined) throw new Error('there is one');
    const boss = { id: 'dan', roles: ['boss'] };
    expect(isDutyOf(first, { id: 'eve', roles: ['security'] })).toBe(true);
    expect(isDutyOf(first, boss)).toBe(false);
    expect(isDutyOf({ ...first, status: 'overdue' }, boss)).toBe(true);
    expect(isDutyOf({ ...first, owner: alice.id }, { id: 'alice', roles: [] })).toBe(true);
  });
});
