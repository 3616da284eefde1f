import { beforeEach, describe, expect, it } from 'vitest';
import type { Telling } from '../../src/core/alerts/notice.ts';
import { alertGroupId } from '../../src/core/alerts/notice.ts';
import { playbookSchema } from '../../src/core/playbook/playbook.ts';
import type { Fact, FactData } from '../../src/core/rollout/event.ts';
import type { Plan } from '../../src/core/rollout/plan.ts';
import { iso } from '../../src/ports/clock.ts';
import { memoryAlerts } from '../support/memory-alerts.ts';
import { aether, begun, monday, plan, policy, type Scene, scene } from './scene.ts';

const minute = 60_000;
const watched: Plan = {
  ...plan,
  playbook: playbookSchema.parse({ ...aether, hypercare: { window: '24h', labels: { app: 'shop' } } }),
};

function telling(name: string, more: Partial<Telling> = {}): Telling {
  return {
    source: 'alertmanager',
    groupKey: `{}/{team="shop",tier=~"a|b"}:{alertname="${name}"}`,
    groupLabels: { alertname: name },
    fingerprint: `${name}-1`,
    status: 'firing',
    startsAt: iso(monday),
    annotations: {},
    links: [],
    labels: { alertname: name, app: 'shop', team: 'shop', tier: 'a', instance: 'i1' },
    ...more,
  };
}

type Told = FactData<'alerts.changed'>['groups'][number];

function told(name: string, n: number, more: Partial<Told> = {}): Told {
  const { groupKey, source } = telling(name);
  return {
    id: alertGroupId({ source, groupKey }),
    n,
    name,
    severity: 'page',
    labels: {},
    firing: 1,
    total: 1,
    since: iso(monday),
    links: [],
    source,
    ...more,
  };
}

let here: Scene;
const put = (...facts: Fact[]) => here.rollouts.put('aether-1', facts);
const fires = (...groups: Told[]) => put({ type: 'alerts.changed', data: { groups } });
const facts = async (type: string) =>
  (await here.rollouts.events('aether-1')).filter((event) => event.type === type);

beforeEach(async () => {
  here = scene();
  begun(here, 'aether-1', watched);
  put({ type: 'hypercare.started', data: { until: iso(monday + 24 * 60 * minute) } });
  fires(told('Slow', 1), told('Down', 2, { severity: 'warning' }));
});

async function hear(...tellings: Telling[]): Promise<void> {
  const alerts = memoryAlerts(here.deps.clock);
  await alerts.accept(tellings);
  here.deps.alerts.group = alerts.group;
}

describe('ack', () => {
  it('takes one alert in hand, and says by whom it was taken already', async () => {
    expect(await here.text('bob', 'ack aether-1.1 on it')).toContain('You took Slow (aether-1.1) in hand');
    expect((await facts('alert.acknowledged'))[0]).toMatchObject({
      actor: { id: 'bob' },
      data: { group: told('Slow', 1).id, name: 'Slow', reason: 'on it' },
    });
    expect(await here.outcome('alice', 'ack aether-1.1')).toBe('already-answered');
    expect(await here.text('alice', 'ack aether-1.1')).toContain('Bob acknowledged it at');
  });

  it('refuses who may not operate, and says who can', async () => {
    expect(await here.outcome('erin', 'ack aether-1.1')).toBe('not-allowed');
    expect(await here.text('erin', 'ack aether-1.1')).toContain('Alice');
    expect(await facts('alert.acknowledged')).toEqual([]);
  });

  it('says that an alert is over, names the nearest, and knows no other rollout', async () => {
    fires(told('Slow', 1, { firing: 0, resolvedAt: iso(monday + minute) }));
    expect(await here.text('bob', 'ack aether-1.1')).toContain('Slow is resolved since');
    expect(await here.text('bob', 'ack aether-1.22')).toContain('Did you mean aether-1.2?');
    expect(await here.outcome('bob', 'ack aether-9.1')).toBe('unknown-rollout');
    expect(await here.outcome('bob', 'ack aether')).toBe('bad-input');
  });

  it('takes by the button for all what its card showed, and by a typed command all that fires', async () => {
    const drawnAt = (await here.rollouts.find('aether-1'))?.state.alerts?.seq ?? 0;
    fires(told('New', 3));
    expect(await here.text('bob', 'ack aether-1', { press: { drawnAt } })).toMatch(
      /Slow \(aether-1\.1\) and Down \(aether-1\.2\) in hand[\s\S]*1 group began since/,
    );
    expect(await here.outcome('bob', 'ack aether-1', { press: { drawnAt } })).toBe('already-answered');
    expect(await facts('alert.acknowledged')).toHaveLength(2);
    expect(await here.outcome('bob', 'ack aether-1')).toBe('done');
    expect((await facts('alert.acknowledged')).map(({ data }) => 'name' in data && data.name)).toEqual([
      'Slow',
      'Down',
      'New',
    ]);
  });
});

describe('silence', () => {
  beforeEach(() =>
    hear(
      telling('Slow'),
      telling('Slow', { fingerprint: 'other', labels: { alertname: 'Slow', app: 'else' } }),
    ),
  );

  it('asks by the group’s own labels, whole, for exactly the rollout’s alerts of the group', async () => {
    expect(await here.text('bob', 'silence aether-1.1 2h database failover')).toContain(
      'alertname="Slow", app="shop", team="shop"',
    );
    const [asked] = await facts('alert.silence-asked');
    expect(asked).toMatchObject({
      actor: { id: 'bob', name: 'Bob' },
      data: {
        name: 'Slow',
        until: iso(monday + 120 * minute),
        reason: 'database failover',
        matchers: [
          { name: 'alertname', value: 'Slow', isRegex: false, isEqual: true },
          { name: 'app', value: 'shop', isRegex: false, isEqual: true },
          { name: 'team', value: 'shop', isRegex: false, isEqual: true },
        ],
      },
    });
    expect(await here.outcome('alice', 'silence aether-1.1 1h again')).toBe('already-answered');
  });

  it.each([
    ['bob', 'silence aether-1.1 25h too long', 'bad-input', '24h at most'],
    ['bob', 'silence aether-1.1 10s too short', 'bad-input', 'a minute at least'],
    ['bob', 'silence aether-1 2h which one', 'bad-input', 'Name one: aether-1.1 (Slow), aether-1.2 (Down)'],
    ['bob', 'silence aether-1.2 2h unknown to the journal of alerts', 'wrong-state', 'labels can’t be named'],
    ['erin', 'silence aether-1.1 2h not mine', 'not-allowed', 'no right to steer'],
  ] as const)('%s: %s is refused', async (who, text, reason, said) => {
    expect(await here.outcome(who, text)).toBe(reason);
    expect(await here.text(who, text)).toContain(said);
    expect(await facts('alert.silence-asked')).toEqual([]);
  });

  it('goes by the policy: who may, and for how long', async () => {
    const strict = { ...policy, alerts: { silence: { roles: ['engineer'], longest: '1h' } } };
    here.deps.policy = () => strict;
    expect(await here.text('bob', 'silence aether-1.1 30m x')).toContain('asks for the role engineer');
    expect(await here.text('alice', 'silence aether-1.1 2h x')).toContain('allows 1h at most');
    expect(await here.outcome('alice', 'silence aether-1.1 30m x')).toBe('done');
  });

  it('never puts a secret or a label that was cut into the journal', async () => {
    for (const value of ['hunter2-hunter2', 'x'.repeat(4_096)]) {
      const labels = { ...telling('Slow').labels, alertname: value };
      await hear(telling('Slow', { labels, groupLabels: { alertname: value } }));
      expect(await here.outcome('bob', 'silence aether-1.1 2h x')).toBe('wrong-state');
    }
    expect(await facts('alert.silence-asked')).toEqual([]);
  });
});

describe('unsilence', () => {
  const group = told('Slow', 1).id;

  beforeEach(async () => {
    await hear(telling('Slow'));
    await here.say('bob', 'silence aether-1.1 2h failover');
  });

  it('asks to remove what a worker made, once', async () => {
    put({ type: 'alert.silenced', data: { group, silence: 's1', until: iso(monday + 120 * minute) } });
    expect(await here.outcome('erin', 'unsilence aether-1.1')).toBe('not-allowed');
    expect(await here.outcome('alice', 'unsilence aether-1.1 failover is done')).toBe('done');
    expect(await here.text('bob', 'unsilence aether-1.1')).toContain('Alice asked for it');
    expect(await facts('alert.unsilence-asked')).toHaveLength(1);
    put({ type: 'alert.silence-removed', data: { group, silence: 's1' } });
    expect(await here.text('bob', 'unsilence aether-1.1')).toContain('aether-1.1 is not silenced');
  });

  it('removes at once what only the bot knows, and nothing that is over', async () => {
    put({ type: 'alert.silenced', data: { group, until: iso(monday + 120 * minute) } });
    expect(await here.text('bob', 'alerts aether-1')).toContain('muted in Cutover only');
    expect(await here.outcome('bob', 'unsilence aether-1.1')).toBe('done');
    expect(await facts('alert.silence-removed')).toHaveLength(1);
    expect(await here.outcome('bob', 'silence aether-1.1 1h once more')).toBe('done');
    here.at(60 * minute);
    expect(await here.outcome('bob', 'unsilence aether-1.1')).toBe('wrong-state');
  });
});

describe('alerts', () => {
  it('shows a rollout’s card with its buttons, and who has what in hand', async () => {
    await here.say('bob', 'ack aether-1.1');
    const { card } = await here.say('erin', 'alerts aether-1');
    expect(card.actions.map(({ command }) => command)).toContain('ack aether-1.2');
    expect(card.drawnAt).toBeDefined();
    expect(await here.text('erin', 'alerts')).toMatch(/Slow · page · .*acknowledged by Bob/);
  });

  it('shows those of no rollout to who operates something, and says when nothing fires', async () => {
    const { n: _, ...loose } = told('Loose', 1);
    here.deps.unbound = () => [loose];
    expect(await here.text('bob', 'alerts')).toMatch(/Slow[\s\S]*of no rollout[\s\S]*Loose/);
    expect(await here.text('erin', 'alerts')).not.toContain('Loose');
    fires(told('Slow', 1, { firing: 0 }), told('Down', 2, { firing: 0 }));
    expect(await here.text('erin', 'alerts')).toContain('No alert fires in production');
    expect(await here.outcome('erin', 'alerts aether-9')).toBe('unknown-rollout');
  });
});
