import { describe, expect, it } from 'vitest';
import type { GroupReport } from '../../src/core/alerts/facts.ts';
import type { PlacedCard } from '../../src/core/card/card.ts';
import { plainText } from '../../src/core/card/plain-text.ts';
import { threadOf } from '../../src/core/card/thread.ts';
import { playbookSchema } from '../../src/core/playbook/playbook.ts';
import {
  at,
  began,
  bob,
  carol,
  inHypercare,
  people,
  planOf,
  story,
  switchPlaybook,
  type Told,
} from './story.ts';

/** When the hosts were flipped, in seconds of the story. */
const flipped = 170;
const plan = planOf(
  playbookSchema.parse({ ...switchPlaybook, hypercare: { window: '24h', labels: { app: 'shop' } } }),
);

function group(n: number, more: Partial<GroupReport> = {}) {
  return {
    id: `g${n}`,
    n,
    name: `Alert${n}`,
    severity: 'warning',
    labels: {},
    firing: 1,
    total: 1,
    since: at(flipped + 300),
    links: [],
    source: 'alertmanager' as const,
    ...more,
  };
}
const changed = (...groups: ReturnType<typeof group>[]): Told => ({
  type: 'alerts.changed',
  data: { groups },
});
const called = (...groups: string[]): Told => ({
  type: 'alerts.called',
  data: { groups, roles: ['release-manager'] },
});
const errors = group(1, {
  name: 'HighErrorRate',
  severity: 'page',
  summary: 'Errors are at 4.1 % (limit 1 %)',
  firing: 3,
  total: 3,
  links: [
    { label: 'Runbook', href: 'https://runbooks.example/errors' },
    { label: 'Source', href: 'https://prometheus.example/graph' },
  ],
});
const slow = group(2, {
  name: 'SlowOrders',
  firing: 12,
  total: 14,
  links: [{ label: 'Source', href: 'https://prometheus.example/slow' }],
});
const over = (of: ReturnType<typeof group>) => ({ ...of, firing: 0, resolvedAt: at(flipped + 900) });
const storm = [changed(errors, slow), called('g1', 'g2')];

function threadAfter(told: readonly Told[], now = began + 3_600_000) {
  const { plan: pinned, state } = story([...inHypercare, ...told], { plan });
  return threadOf(pinned, state, people, now);
}
function cardOf({ replies }: { replies: readonly PlacedCard[] }) {
  const card = replies.find(({ key }) => key === 'alerts')?.card;
  if (!card) throw new Error('there is no card of alerts');
  return card;
}
const textAfter = (...told: Told[]) =>
  plainText(cardOf(threadAfter(told))).filter((line) => !line.includes('errors:'));
const repliesAfter = (told: readonly Told[]) =>
  threadAfter(told).replies.flatMap(({ key, card }) =>
    key.startsWith('m') ? [plainText(card).join('\n')] : [],
  );

describe('the card of alerts', () => {
  it('says what fires, since when, after which change, and what can be done', () => {
    expect(textAfter(...storm, { type: 'alert.acknowledged', data: { group: 'g2' }, by: bob })).toEqual([
      '🔥 2 groups firing since 2026-11-21 14:07 UTC (5 min after Flip hosts)',
      'HighErrorRate · page · 3 alerts since 2026-11-21 14:07 UTC · Errors are at 4.1 % (limit 1 %) · aether-7.1',
      'SlowOrders · warning · 12 of 14 alerts since 2026-11-21 14:07 UTC · acknowledged by Bob at 2026-11-21 14:04 UTC · aether-7.2',
      'Roll back? HighErrorRate is a page.',
      '[Roll back: api, app → blue and 1 more] [Acknowledge] [Silence HighErrorRate…] [Extend]',
      'Runbook: https://runbooks.example/errors · Source: HighErrorRate: https://prometheus.example/graph · Source: SlowOrders: https://prometheus.example/slow',
    ]);
  });

  it('shows the signal with the change marked', () => {
    const { chart } = cardOf(threadAfter(storm));
    expect(chart).toMatchObject({ title: 'Soak on green', mark: { label: 'Flip hosts' } });
  });

  it('has buttons that are commands: one group by its id, several by the rollout’s', () => {
    const { actions } = cardOf(threadAfter(storm));
    expect(actions.map(({ command, ask }) => [command, ask])).toEqual([
      ['rollback aether-7', 'reason'],
      ['ack aether-7', undefined],
      ['silence aether-7.1', 'duration-and-reason'],
      ['extend aether-7', 'duration'],
    ]);
    expect(actions[0]?.confirm?.text).toContain('Puts back: Flip hosts: api → blue, app → blue');
    expect(cardOf(threadAfter([changed(errors)])).actions.map(({ command }) => command)).toContain(
      'ack aether-7.1',
    );
  });

  it('says who silenced what, until when and why, and offers it no more', () => {
    const asked: Told = {
      type: 'alert.silence-asked',
      data: {
        group: 'g1',
        until: at(7_200),
        reason: 'failover',
        matchers: [{ name: 'a', value: 'b', isEqual: true, isRegex: false }],
      },
      by: carol,
    };
    const set: Told = { type: 'alert.silenced', data: { group: 'g1', silence: 's', until: at(7_200) } };
    const failed: Told = { type: 'alert.silence-failed', data: { group: 'g1', why: 'no answer' } };
    const line = (...told: Told[]) =>
      textAfter(changed(errors), ...told).find((text) => text.startsWith('HighErrorRate'));
    expect(line(asked)).toContain('silence asked for by Carol: failover');
    expect(line(asked, set)).toContain('silenced until 2026-11-21 16:00 UTC by Carol: failover');
    expect(line(asked, failed)).toContain('could not be silenced: no answer');
    const { tone, actions } = cardOf(threadAfter([changed(errors), asked, set]));
    expect([tone, actions.some(({ command }) => command.startsWith('silence'))]).toEqual(['watch', false]);
    expect(cardOf(threadAfter([changed(errors), asked, set], began + 7_201_000)).tone).toBe('bad');
  });

  it('shows the gravest eight, and counts the rest', () => {
    const many = Array.from({ length: 12 }, (_, n) =>
      group(n + 1, n === 11 ? { severity: 'page', name: 'Down' } : {}),
    );
    const text = textAfter(changed(...many));
    expect(text[1]).toMatch(/^Down · page/);
    expect(text).toContain('and 4 more groups');
    expect(text.filter((line) => / · warning · /.test(line))).toHaveLength(7);
  });

  it('says calmly that everything is resolved, and asks for nothing', () => {
    const resolved = [...storm, changed(over(errors), over(slow))];
    expect(textAfter(...resolved)).toEqual([
      '✓ All 2 groups of alerts are resolved',
      'HighErrorRate · page · resolved at 2026-11-21 14:17 UTC after 10 min · Errors are at 4.1 % (limit 1 %) · aether-7.1',
      'SlowOrders · warning · resolved at 2026-11-21 14:17 UTC after 10 min · aether-7.2',
      'Runbook: https://runbooks.example/errors · Source: HighErrorRate: https://prometheus.example/graph · Source: SlowOrders: https://prometheus.example/slow',
    ]);
    expect(cardOf(threadAfter(resolved))).toMatchObject({ tone: 'good', actions: [] });
  });

  it('turns its buttons off once a newer rollout has taken the place, and says which, whose and since when', () => {
    const superseded: Told = { type: 'rollout.superseded', data: { by: 'aether-8' }, by: carol };
    const { tone, actions } = cardOf(threadAfter([...storm, superseded]));
    expect([tone, actions]).toEqual(['watch', []]);
    expect(textAfter(...storm, superseded).join('\n')).toMatch(
      /aether-8 was started by Carol at 2026-11-21 14:0\d UTC: this rollout is not rolled back from here any more\./,
    );
  });

  it('says that it is being rolled back, and offers that no more', () => {
    const back: Told = { type: 'rollback.requested', data: { reason: 'errors' }, by: bob };
    const card = cardOf(threadAfter([...storm, back]));
    expect(plainText(card)).toContain('Rolling back: errors');
    expect(card.actions.map(({ command }) => command)).not.toContain('rollback aether-7');
  });

  it('lets no button be longer than a platform shows', () => {
    const before = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`host-${n}`, 'blue']));
    const told = inHypercare.map((fact): Told => {
      const flips = fact.type === 'step.captured' && fact.data.step === 'flip';
      return flips ? { ...fact, data: { step: 'flip', before } } : fact;
    });
    const { plan: pinned, state } = story([...told, changed(group(1, { name: 'N'.repeat(120) }), group(2))], {
      plan,
    });
    const card = cardOf(threadOf(pinned, state, people, began));
    for (const { label } of card.actions) expect(label.length).toBeLessThanOrEqual(64);
  });
});

describe('the replies about alerts', () => {
  it('ping the people who are called, name what fires, and ask for a decision about a page', () => {
    expect(repliesAfter(storm).at(-1)).toBe(
      '🔥 HighErrorRate (page) and SlowOrders (warning) · Roll back? · @Alice, @Bob and @Carol',
    );
    expect(repliesAfter([changed(slow), called('g2')]).at(-1)).toBe(
      '🔥 SlowOrders (warning) · @Alice, @Bob and @Carol',
    );
  });

  it('escalate what nobody acknowledged', () => {
    const escalated: Told = {
      type: 'alerts.escalated',
      data: { groups: ['g1'], roles: ['release-manager'] },
    };
    expect(repliesAfter([...storm, escalated]).at(-1)).toContain(
      '⏰ Nobody has acknowledged this yet: HighErrorRate (page)',
    );
  });

  it('tell the end of a page that was taken in hand', () => {
    const acknowledged: Told = { type: 'alert.acknowledged', data: { group: 'g1' }, by: bob };
    expect(repliesAfter([...storm, acknowledged, changed(over(errors))]).at(-1)).toBe(
      '✓ HighErrorRate no longer fires',
    );
  });

  it('stand in one order: the card where the first alerts came', () => {
    const keys = threadAfter([
      ...storm,
      { type: 'rollback.requested', data: { reason: 'errors' } },
    ]).replies.map(({ key }) => key);
    expect(keys.slice(-3)).toEqual(['alerts', expect.stringMatching(/^m/), expect.stringMatching(/^m/)]);
  });
});

describe('the root card', () => {
  it('names what fires', () => {
    const { root } = threadAfter(storm);
    expect(plainText(root)).toContain('🔥 Alerts: HighErrorRate (page), SlowOrders (warning)');
    expect(plainText(root).join('\n')).not.toContain('nothing noticed');
    expect(root.tone).toBe('bad');
  });

  it('is calm again when nothing fires', () => {
    const { root } = threadAfter([...storm, changed(over(errors), over(slow))]);
    expect(plainText(root).join('\n')).not.toContain('🔥');
    expect(root.tone).toBe('watch');
  });
});

it('the report at the end of hypercare counts the alerts, and says what fires still', () => {
  const taken: Told = { type: 'alert.acknowledged', data: { group: 'g1' }, by: bob };
  const succeeded: Told = { type: 'rollout.succeeded', data: {} };
  const last = (...told: Told[]) => repliesAfter([...storm, taken, ...told, succeeded]).at(-1);
  expect(last()).toContain('Alerts: 2 groups, 1 acknowledged, 2 still firing');
  expect(last(changed(over(errors), over(slow)))).toContain('Alerts: 2 groups, 1 acknowledged, all resolved');
});
