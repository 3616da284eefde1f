import { beforeEach, describe, expect, test } from 'vitest';
import { alertGroupId } from '../../src/core/alerts/notice.ts';
import { statusOf } from '../../src/core/rollout/status.ts';
import {
  alert,
  bob,
  type DeskScene,
  deskScene,
  ended,
  hour,
  iso,
  minute,
  noon,
  second,
  usualOnCall,
  watchedPlan,
} from './desk-scene.ts';

let scene: DeskScene;
beforeEach(() => {
  scene = deskScene();
});

const page = { labels: { severity: 'page' } };
const idOf = (groupKey: string) => alertGroupId({ source: 'alertmanager', groupKey });
async function alertsOf(id: string) {
  return (await scene.rollouts.find(id))?.state.alerts;
}
async function types(id: string): Promise<string[]> {
  return (await scene.factsOf(id)).map(({ type }) => type);
}
async function at(time: number): Promise<void> {
  scene.clock.time = time;
  await scene.settle();
}

describe('an alert that a rollout is watched for', () => {
  test('is told in its journal at once, and its people are pinged', async () => {
    const id = await scene.switched();
    await scene.alerts.accept([alert('Errors', 1), alert('Errors', 2)]);
    await scene.settle();
    expect(await scene.factsOf(id)).toMatchObject([
      { type: 'alerts.changed', data: { groups: [{ n: 1, name: 'Errors', firing: 2, total: 2 }] } },
      { type: 'alerts.called', data: { groups: [idOf('Errors')], roles: ['ops'] } },
    ]);
    expect(await scene.alerts.changed(10)).toEqual([]);
  });

  test('is told once, whoever looks again', async () => {
    const id = await scene.switched();
    await scene.alerts.accept([alert('Errors', 1)]);
    const desks = [scene.desk(), scene.desk(), scene.desk()];
    await Promise.all(desks.map((desk) => desk.look()));
    for (const desk of desks) await desk.look();
    expect(await types(id)).toEqual(['alerts.changed', 'alerts.called']);
  });

  test('that fired before the window, and fires still, is told when it opens', async () => {
    await scene.alerts.accept([alert('Errors', 1, { startsAt: iso(noon - hour) })]);
    await scene.settle();
    expect(await scene.alerts.changed(10)).toEqual([]);
    const id = await scene.switched();
    await scene.settle();
    expect(await types(id)).toEqual(['alerts.changed', 'alerts.called']);
  });

  test('that was over before the window is not its', async () => {
    await scene.alerts.accept([ended(alert('Errors', 1, { startsAt: iso(noon - hour) }), noon - minute)]);
    const id = await scene.switched();
    await scene.settle();
    expect(await types(id)).toEqual([]);
  });

  test.each([
    ['that is told late', minute],
    ['by a clock that is ten minutes behind', 10 * minute],
  ])('is over at an end before the window, %s', async (_name, before) => {
    const id = await scene.switched();
    const told = alert('Errors', 1, { startsAt: iso(noon - before) });
    await scene.alerts.accept([told]);
    await scene.settle();
    scene.clock.time += minute;
    await scene.alerts.accept([ended(told, noon - before + second)]);
    await scene.settle();
    expect((await alertsOf(id))?.groups).toMatchObject([{ name: 'Errors', firing: 0 }]);
  });

  test('is followed to its end after the rollback that ended it', async () => {
    const id = await scene.switched();
    await scene.alerts.accept([alert('Errors', 1)]);
    await scene.settle();
    scene.rollouts.put(id, [
      { type: 'rollback.requested', data: { reason: 'errors' } },
      { type: 'rollback.finished', data: {} },
    ]);
    scene.clock.time += minute;
    await scene.alerts.accept([ended(alert('Errors', 1), scene.clock.time), alert('Later', 1)]);
    await scene.settle();
    expect((await alertsOf(id))?.groups).toMatchObject([
      { name: 'Errors', firing: 0, resolvedAt: iso(noon + minute) },
    ]);
  });
});

describe('an alert is nobody’s', () => {
  test.each([
    ['with other labels', { app: 'shop' }, { app: 'mail' }],
    ['without the label', { zone: 'eu' }, {}],
    ['for a rollout without labels', {}, {}],
    ['for a label that has no value', { app: '${{ steps.flip.output.app }}' }, {}],
    ['for a label that the rollout was not given', { app: '${{ target }}' }, {}],
  ])('%s', async (_name, labels, changes) => {
    const id = await scene.switched(watchedPlan({ labels }));
    await scene.alerts.accept([alert('Errors', 1, { labels: changes })]);
    await scene.settle();
    expect(await types(id)).toEqual([]);
    expect(await scene.alerts.changed(10)).toEqual([]);
  });

  test('once a newer rollout has the environment: then it is that one’s', async () => {
    const older = await scene.switched();
    const newer = await scene.switched();
    await scene.alerts.accept([alert('Errors', 1)]);
    await scene.settle();
    expect(await types(older)).toEqual([]);
    expect(await types(newer)).toEqual(['alerts.changed', 'alerts.called']);
  });

  test('labels may be expressions', async () => {
    const id = await scene.switched(
      watchedPlan({ labels: { app: '${{ "sh" + "op" }}', env: '${{ environment }}' } }),
    );
    await scene.alerts.accept([alert('Errors', 1, { labels: { env: 'test' } })]);
    await scene.settle();
    expect(await types(id)).toEqual(['alerts.changed', 'alerts.called']);
  });
});

describe('the pace', () => {
  test('counts wait five seconds, another first firing waits one', async () => {
    const id = await scene.switched();
    await scene.alerts.accept([alert('Errors', 1)]);
    await scene.settle();
    await scene.alerts.accept([alert('Errors', 2)]);
    await at(noon + 4_999);
    expect(await types(id)).toEqual(['alerts.changed', 'alerts.called']);
    await at(noon + 5_000);
    expect((await alertsOf(id))?.groups).toMatchObject([{ firing: 2 }]);
    await scene.alerts.accept([alert('Slow', 1), alert('Errors', 3)]);
    await at(noon + 6_000);
    expect((await alertsOf(id))?.groups).toMatchObject([{ firing: 3 }, { name: 'Slow' }]);
  });
});

describe('pings', () => {
  test('are a minute apart, for first firings only, and take along what began meanwhile', async () => {
    const id = await scene.switched();
    const first = alert('Errors', 1);
    await scene.alerts.accept([first]);
    await scene.settle();
    await scene.alerts.accept([alert('Slow', 1)]);
    await at(noon + 10 * second);
    await scene.alerts.accept([alert('Down', 1, page)]);
    await at(noon + 20 * second);
    expect(await types(id)).toEqual(['alerts.changed', 'alerts.called', 'alerts.changed', 'alerts.changed']);
    await scene.settle(noon + minute);
    await scene.alerts.accept([ended(first, noon + 2 * minute)]);
    await at(noon + 2 * minute);
    await scene.alerts.accept([{ ...first, startsAt: iso(noon + 3 * minute) }]);
    await at(noon + 3 * minute);
    const calls = (await alertsOf(id))?.calls;
    expect(calls).toMatchObject([
      { at: iso(noon), groups: [idOf('Errors'), idOf('Slow')] },
      { at: iso(noon + minute), groups: [idOf('Down')] },
    ]);
    expect(await types(id)).not.toContain('alerts.escalated');
  });

  test('are repeated to others once, when nobody acknowledges a page in time', async () => {
    const id = await scene.switched();
    await scene.alerts.accept([alert('Down', 1, page), alert('Gone', 1, page), alert('Slow', 1)]);
    await scene.settle();
    scene.rollouts.put(id, [{ type: 'alert.acknowledged', data: { group: idOf('Gone') } }], bob);
    await scene.settle(noon + 15 * minute - 1);
    expect(await types(id)).not.toContain('alerts.escalated');
    await scene.settle(noon + 3 * hour);
    const escalated = (await scene.factsOf(id)).filter(({ type }) => type === 'alerts.escalated');
    expect(escalated).toMatchObject([{ data: { groups: [idOf('Down')], roles: ['lead'] } }]);
    expect((await alertsOf(id))?.calls.at(-1)?.at).toBe(iso(noon + 15 * minute));
  });

  test.each([['of information only', { labels: { severity: 'info' } }]])(
    'are not sent %s',
    async (_name, changes) => {
      const id = await scene.switched();
      await scene.alerts.accept([alert('Errors', 1, changes)]);
      await scene.settle(noon + hour);
      expect(await types(id)).toEqual(['alerts.changed']);
    },
  );

  test('are not sent for a silenced group, until its silence ends', async () => {
    const id = await scene.switched();
    await scene.alerts.accept([alert('Down', 1, page)]);
    await scene.settle();
    const until = iso(noon + hour);
    scene.rollouts.put(id, [
      {
        type: 'alert.silence-asked',
        data: {
          group: idOf('Down'),
          until,
          reason: 'known',
          matchers: [{ name: 'a', value: 'b', isEqual: true, isRegex: false }],
        },
      },
      { type: 'alert.silenced', data: { group: idOf('Down'), silence: 's', until } },
    ]);
    await scene.settle(noon + hour - 1);
    expect(await types(id)).not.toContain('alerts.escalated');
    await scene.settle(noon + hour);
    expect(await types(id)).toContain('alerts.escalated');
  });
});

describe('a page', () => {
  const rollingBack = { alerts: { page: 'rollback' } };

  test('rolls nothing back unless the playbook says so', async () => {
    const id = await scene.switched();
    await scene.alerts.accept([alert('Down', 1, page)]);
    await scene.settle();
    expect(await types(id)).not.toContain('rollback.requested');
  });

  test('rolls back where the playbook says so, and claims the environment with it', async () => {
    const id = await scene.switched(watchedPlan(rollingBack));
    await scene.alerts.accept([alert('Down', 1, { ...page, annotations: { summary: 'no answer' } })]);
    await scene.settle();
    const rollout = await scene.rollouts.find(id);
    expect(rollout && statusOf(rollout.plan, rollout.state)).toBe('rolling-back');
    expect(rollout?.state.rollback?.reason).toBe('Down (page) fires: no answer');
    expect((await scene.rollouts.environment('test')).claimedBy).toBe(id);
    expect(await types(id)).toEqual(['alerts.changed', 'rollback.requested', 'alerts.called']);
  });

  test.each([
    ['a warning', alert('Slow', 1)],
    ['a page that fired before the change', alert('Down', 1, { ...page, startsAt: iso(noon - 1) })],
  ])('is not %s', async (_name, telling) => {
    const id = await scene.switched(watchedPlan(rollingBack));
    await scene.alerts.accept([telling]);
    await scene.settle(noon + hour);
    expect(await types(id)).not.toContain('rollback.requested');
  });

  test('is what the playbook calls so', async () => {
    const severity = { label: 'prio', page: ['p1'] };
    const id = await scene.switched(watchedPlan({ alerts: { page: 'rollback', severity } }));
    await scene.alerts.accept([alert('Down', 1, page), alert('Gone', 1, { labels: { prio: 'p1' } })]);
    await scene.settle();
    expect((await scene.rollouts.find(id))?.state.rollback?.reason).toBe('Gone (p1) fires');
  });

  test('rolls nothing back that a newer rollout supersedes, also when that claims at the same moment', async () => {
    const older = await scene.switched(watchedPlan(rollingBack));
    await scene.alerts.accept([alert('Down', 1, page)]);
    const desk = scene.desk();
    const [newer] = await Promise.all([scene.switched(), desk.look()]);
    await scene.settle(noon + hour);
    const claims = [older, newer].filter((id) => id !== undefined);
    expect((await scene.rollouts.environment('test')).newest).toBe(newer);
    const rolledBack = (await types(older)).includes('rollback.requested');
    const superseded = (await scene.rollouts.find(older))?.state.supersededBy !== undefined;
    expect([claims.length, rolledBack && superseded]).toEqual([2, false]);
  });
});

test('a secret that a sender tells goes no further, and what it is in is told once', async () => {
  const id = await scene.switched();
  await scene.alerts.accept([
    alert('Errors', 1, { annotations: { summary: 'login hunter2-hunter2 failed' } }),
  ]);
  await scene.settle();
  await scene.alerts.accept([alert('Slow', 1)]);
  await scene.settle(noon + minute);
  expect(JSON.stringify(await scene.rollouts.events(id))).not.toContain('hunter2');
  expect((await alertsOf(id))?.groups[0]?.summary).toMatch(/^login .+ failed$/);
  expect(await types(id)).toEqual(['alerts.changed', 'alerts.called', 'alerts.changed']);
});

describe('what goes wrong', () => {
  test('in one rollout holds up its own groups only, and is tried again', async () => {
    const broken = await scene.switched(watchedPlan());
    const { record } = scene.rollouts;
    let away = true;
    scene.rollouts.record = async (id, ...rest) => {
      if (id === broken && away) throw new Error('gone');
      return record(id, ...rest);
    };
    await scene.alerts.accept([alert('Errors', 1)]);
    await scene.settle();
    expect(scene.errors).toEqual([new Error('gone')]);
    expect(await scene.alerts.changed(10)).toHaveLength(1);
    away = false;
    await scene.settle(noon + 5 * second);
    expect(await types(broken)).toEqual(['alerts.changed', 'alerts.called']);
  });
});

test('the roles and the time of an escalation are the policy’s', async () => {
  scene = deskScene({ ...usualOnCall, escalate: { after: minute, roles: ['boss'] } });
  const id = await scene.switched();
  await scene.alerts.accept([alert('Down', 1, page)]);
  await scene.settle(noon + hour);
  expect((await alertsOf(id))?.calls).toMatchObject([
    { roles: ['ops'] },
    { roles: ['boss'], at: iso(noon + minute) },
  ]);
});
