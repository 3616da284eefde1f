import { describe, expect, test } from 'vitest';
import type { GroupReport } from '../../src/core/alerts/facts.ts';
import { type AlertsState, groupOf, isSilenced } from '../../src/core/alerts/state.ts';
import type { Fact } from '../../src/core/rollout/event.ts';
import { bob, iso, type Journal, journalOf, noon, planOf } from '../rollout/journal.ts';

const plan = planOf({
  phases: [{ name: 'only', steps: [{ id: 'a', uses: 'note' }] }],
  hypercare: { window: '1h', labels: { app: 'shop' } },
});
const second = 1_000;
const minute = 60 * second;

function told(n: number, more: Partial<GroupReport> = {}): Fact {
  const group: GroupReport = {
    id: `g${n}`,
    name: `Alert${n}`,
    severity: 'warning',
    labels: { app: 'shop' },
    firing: 1,
    total: 1,
    since: iso(noon),
    links: [],
    source: 'alertmanager',
    ...more,
  };
  return { type: 'alerts.changed', data: { groups: [{ ...group, n }] } };
}
const called = (...groups: string[]): Fact => ({ type: 'alerts.called', data: { groups, roles: ['ops'] } });
const acknowledged: Fact = { type: 'alert.acknowledged', data: { group: 'g1' } };
const page = { severity: 'page' };
const over = (end: number) => ({ firing: 0, resolvedAt: iso(end) });

function alertsOf(journal: Journal): AlertsState {
  const { alerts } = journal.folded.state;
  if (!alerts) throw new Error('no alerts were told');
  return alerts;
}
const first = (journal: Journal) => groupOf(alertsOf(journal), 'g1');
const milestones = (journal: Journal) =>
  journal.folded.state.milestones.map(({ type }) => type).filter((type) => type.startsWith('alerts'));

describe('a group', () => {
  test('is what was told last, with what people did about it', () => {
    const journal = journalOf(plan);
    journal.add([told(1, { summary: 'it burns', firing: 3, total: 3 })], noon);
    journal.add([acknowledged], noon + second, bob);
    journal.add([told(1, { firing: 1, total: 4 })], noon + 2 * second);
    expect(first(journal)).toEqual({
      id: 'g1',
      n: 1,
      name: 'Alert1',
      severity: 'warning',
      labels: { app: 'shop' },
      firing: 1,
      total: 4,
      since: iso(noon),
      links: [],
      source: 'alertmanager',
      firesSince: iso(noon),
      acknowledged: { by: bob, at: iso(noon + second) },
    });
  });

  test.each([
    ['flaps', 9 * minute, true],
    ['was quiet for ten minutes', 10 * minute, false],
  ])('that %s is acknowledged still or not at all', (_name, quiet, still) => {
    const journal = journalOf(plan);
    journal.add([told(1), called('g1')], noon);
    journal.add([acknowledged], noon, bob);
    journal.add([told(1, over(noon + minute))], noon + minute);
    const again = noon + minute + quiet;
    journal.add([told(1, { since: iso(again) })], again);
    expect(first(journal)?.acknowledged !== undefined).toBe(still);
    expect(first(journal)?.firesSince).toBe(still ? iso(noon) : iso(again));
    expect(first(journal)?.resolvedAt).toBeUndefined();
  });

  test('is silenced from the source’s answer on until its end, or until it is removed', () => {
    const journal = journalOf(plan);
    const until = iso(noon + minute);
    const silenced = () => {
      const group = first(journal);
      return group && [isSilenced(group, noon), isSilenced(group, noon + minute)];
    };
    journal.add([told(1)], noon);
    journal.add(
      [
        {
          type: 'alert.silence-asked',
          data: {
            group: 'g1',
            until,
            reason: 'known',
            matchers: [{ name: 'a', value: 'b', isEqual: true, isRegex: false }],
          },
        },
      ],
      noon,
      bob,
    );
    expect(silenced()).toEqual([false, false]);
    journal.add([{ type: 'alert.silenced', data: { group: 'g1', silence: 's1', until } }], noon);
    expect(silenced()).toEqual([true, false]);
    expect(first(journal)?.silence).toMatchObject({ by: bob, reason: 'known', id: 's1', status: 'set' });
    journal.add([{ type: 'alert.silence-removed', data: { group: 'g1' } }], noon);
    expect(first(journal)?.silence).toBeUndefined();
  });
});

describe('a ping', () => {
  test('takes in what begins within its minute, unless that is graver', () => {
    const journal = journalOf(plan);
    journal.add([told(1), called('g1')], noon);
    journal.add([told(2)], noon + 30 * second);
    journal.add([told(3, page)], noon + 31 * second);
    journal.add([told(4)], noon + 60 * second);
    expect(alertsOf(journal).calls.map(({ groups }) => groups)).toEqual([['g1', 'g2']]);
    expect(alertsOf(journal).groups.map(({ calledAt }) => calledAt !== undefined)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    journal.add([called('g3')], noon + 60 * second);
    journal.add([told(5, page)], noon + 61 * second);
    expect(alertsOf(journal).calls.map(({ groups }) => groups)).toEqual([
      ['g1', 'g2'],
      ['g3', 'g4', 'g5'],
    ]);
  });

  test('takes in nothing that is for information only, nor what was over when it was told', () => {
    const journal = journalOf(plan);
    journal.add([told(1), called('g1')], noon);
    journal.add([told(2, { severity: 'info' }), told(3, over(noon))], noon + second);
    expect(alertsOf(journal).calls.map(({ groups }) => groups)).toEqual([['g1']]);
  });
});

describe('the replies', () => {
  test('tell the end of an acknowledged page, once however it flaps', () => {
    const journal = journalOf(plan);
    journal.add([told(1, page), called('g1')], noon);
    journal.add([acknowledged], noon, bob);
    for (let flap = 1; flap < 100; flap += 1) {
      journal.add([told(1, { ...page, ...over(noon + flap * second) })], noon + flap * second);
      journal.add([told(1, { ...page, since: iso(noon + flap * second + 500) })], noon + flap * second);
    }
    expect(milestones(journal)).toEqual(['alerts-began', 'alerts-called', 'alerts-ended']);
  });

  test.each([
    ['of a warning', 'warning', [acknowledged]],
    ['of a page that nobody took', 'page', []],
  ])('tell no end %s', (_name, severity, facts) => {
    const journal = journalOf(plan);
    journal.add([told(1, { severity })], noon);
    journal.add(facts, noon, bob);
    journal.add([told(1, { severity, ...over(noon) })], noon);
    expect(milestones(journal)).toEqual(['alerts-began']);
  });
});

test('a rollout that is superseded says by what, who began that, and when', () => {
  const journal = journalOf(plan);
  journal.add([{ type: 'rollout.superseded', data: { by: 'test-2' } }], noon + minute, bob);
  expect(journal.folded.state).toMatchObject({
    supersededBy: 'test-2',
    supersession: { by: bob, at: iso(noon + minute) },
  });
});
