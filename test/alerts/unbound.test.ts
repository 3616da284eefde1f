import { beforeEach, expect, test } from 'vitest';
import { plainText } from '../../src/core/card/plain-text.ts';
import { createEnsure } from '../../src/jobs/outbound/ensure.ts';
import { createUnbound, type Unbound, unboundThread } from '../../src/jobs/unbound.ts';
import { memoryChat } from '../support/memory-chat.ts';
import { memoryThreads } from '../support/memory-threads.ts';
import { alert, type DeskScene, deskScene, ended, iso, minute, noon } from './desk-scene.ts';

let scene: DeskScene;
let unbound: Unbound;
const foreign = (group: string, n: number, severity = 'warning') =>
  alert(group, n, { labels: { app: 'mail', severity } });

beforeEach(() => {
  scene = deskScene();
  unbound = createUnbound({ alerts: scene.alerts, rollouts: scene.rollouts, redact: (group) => group });
});

function textOf(): string[] {
  const view = unbound.view(true);
  return view ? plainText(view.root) : [];
}

test('alerts of no rollout are listed and counted; those of a rollout are not', async () => {
  await scene.switched();
  await scene.alerts.accept([
    alert('Errors', 1),
    foreign('Queue', 1),
    foreign('Queue', 2),
    foreign('Disk', 1, 'page'),
  ]);
  await scene.settle();
  expect(await unbound.refresh()).toBe(true);
  expect(textOf()).toEqual([
    '🔥 2 groups of alerts of no rollout',
    'Disk · page · 1 alert since 2026-11-21 12:00 UTC',
    'Queue · warning · 2 alerts since 2026-11-21 12:00 UTC',
  ]);
  expect(unbound.counts()).toEqual({ groups: 2, alerts: 3 });
  expect(await unbound.refresh()).toBe(false);
});

test('an alert that no desk has seen yet is not called nobody’s', async () => {
  await scene.alerts.accept([foreign('Queue', 1)]);
  await unbound.refresh();
  expect(unbound.counts().groups).toBe(0);
  await scene.settle();
  await unbound.refresh();
  expect(unbound.counts().groups).toBe(1);
});

test('an alert becomes a rollout’s when one begins that it belongs to', async () => {
  await scene.alerts.accept([alert('Errors', 1, { startsAt: iso(noon - minute) })]);
  await scene.settle();
  await unbound.refresh();
  expect(unbound.counts().groups).toBe(1);
  await scene.switched();
  await scene.settle();
  await unbound.refresh();
  expect(unbound.counts().groups).toBe(0);
});

test('a storm is one message, edited; nothing is written while nothing fires', async () => {
  const { clock, rollouts } = scene;
  const threads = memoryThreads(clock);
  const chat = memoryChat({ platform: 'slack' });
  const ensuring = createEnsure({
    threads,
    rollouts,
    chats: new Map([['slack', chat.port]]),
    view: async () => Promise.reject(new Error('no rollout is shown here')),
    newNonce: () => `n${clock.time}`,
    boards: new Map([[unboundThread, unbound]]),
  });
  const thread = { rollout: unboundThread, channel: 'slack:C1' };
  const show = async () => {
    await scene.settle();
    await unbound.refresh();
    await ensuring.ensure(thread);
    clock.time += minute;
  };
  await show();
  expect(chat.calls).toEqual([]);
  for (let n = 0; n < 20; n += 1) {
    await scene.alerts.accept([foreign(`Group${n}`, n)]);
    await show();
  }
  expect(textOf()).toContain('and 12 more groups');
  for (let n = 0; n < 20; n += 1) await scene.alerts.accept([ended(foreign(`Group${n}`, n), clock.time)]);
  await show();
  expect(textOf()).toEqual(['✓ No alert fires that belongs to no rollout']);
  const messages = [...chat.messages.values()];
  expect(messages).toMatchObject([{ channel: 'C1', thread: undefined, edits: 20 }]);
});
