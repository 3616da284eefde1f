import fc from 'fast-check';
import { expect, test } from 'vitest';
import '../support/fuzz-seed.ts';
import type { Telling } from '../../src/core/alerts/notice.ts';
import { plainText } from '../../src/core/card/plain-text.ts';
import { threadOf } from '../../src/core/card/thread.ts';
import { alert, type DeskScene, deskScene, ended, hour, iso, minute, noon, second } from './desk-scene.ts';

async function threadIn(scene: DeskScene, id: string) {
  const rollout = await scene.rollouts.find(id);
  if (!rollout) throw new Error(`no rollout ${id}`);
  return threadOf(rollout.plan, rollout.state, () => [], scene.clock.now());
}

/** Messages that stand in the thread because of alerts, events in the journal, and its size. */
async function costOf(scene: DeskScene, id: string, postsBefore: number) {
  const { replies } = await threadIn(scene, id);
  const facts = await scene.factsOf(id);
  return {
    posts: replies.length - postsBefore,
    cards: replies.filter(({ key }) => key === 'alerts').length,
    events: facts.length,
    bytes: JSON.stringify(facts).length,
    looks: scene.looks(),
  };
}

test('a storm of 10,000 alerts in 20 groups makes one card and at most five posts', async () => {
  const scene = deskScene();
  const id = await scene.switched();
  const before = (await threadIn(scene, id)).replies.length;
  const groups = Array.from({ length: 20 }, (_, g) =>
    Array.from({ length: 500 }, (_alert, n) =>
      alert(`Group${g}`, n, { labels: { severity: g % 5 === 0 ? 'page' : 'warning' } }),
    ),
  );
  for (const told of groups) {
    await scene.alerts.accept(told);
    await scene.settle(scene.clock.time + 150);
    scene.clock.time += 150;
  }
  for (const [g, told] of groups.entries()) {
    await scene.alerts.accept([...told, alert(`Group${g}`, 500)]);
    await scene.settle(scene.clock.time + 150);
  }
  await scene.settle(noon + 10 * minute);
  const rollout = await scene.rollouts.find(id);
  const firing = rollout?.state.alerts?.groups.reduce((sum, group) => sum + group.firing, 0);
  const cost = await costOf(scene, id, before);
  console.info('storm of 10,020 alerts in 20 groups', cost);
  expect(firing).toBe(10_020);
  expect(cost).toMatchObject({ cards: 1 });
  expect(cost.posts).toBeLessThanOrEqual(5);
  expect(cost.events).toBeLessThanOrEqual(15);
  expect(cost.bytes).toBeLessThan(100_000);
}, 20_000);

test('alerts of 10,000 groups are told of one by one up to 200, pages before all others', async () => {
  const scene = deskScene();
  const id = await scene.switched();
  const before = (await threadIn(scene, id)).replies.length;
  const many = Array.from({ length: 3_000 }, (_, g) => alert(`Group${g}`, 1));
  await scene.alerts.accept(many);
  await scene.settle(noon + minute);
  await scene.alerts.accept([alert('Down', 1, { labels: { severity: 'page' } })]);
  await scene.settle(noon + 3 * minute);
  const rollout = await scene.rollouts.find(id);
  const cost = await costOf(scene, id, before);
  console.info('3,001 groups', cost);
  expect(rollout?.state.alerts?.groups.length).toBe(201);
  expect(rollout?.state.alerts?.crowded).toBe(true);
  expect((await finalCard(scene, id))[1]).toMatch(/^Down · page/);
  expect(await scene.alerts.changed(1)).toEqual([]);
  expect(cost.posts).toBeLessThanOrEqual(5);
  expect(cost.events).toBeLessThanOrEqual(12);
}, 20_000);

test.each([
  ['twice a second', 250],
  ['every ten seconds', 5 * second],
])(
  'an alert that flaps 500 times, %s, is one card, one ping and a bounded number of events',
  async (_name, half) => {
    const scene = deskScene();
    const id = await scene.switched();
    const before = (await threadIn(scene, id)).replies.length;
    for (let flap = 0; flap < 500; flap += 1) {
      const up = alert('Flapping', 1, { startsAt: iso(scene.clock.time) });
      await scene.alerts.accept([up]);
      await scene.settle(scene.clock.time + half - 1);
      scene.clock.time = Math.max(scene.clock.time, noon + (2 * flap + 1) * half);
      await scene.alerts.accept([ended(up, scene.clock.time)]);
      await scene.settle(scene.clock.time + half - 1);
      scene.clock.time = Math.max(scene.clock.time, noon + (2 * flap + 2) * half);
    }
    await scene.settle(scene.clock.time + hour);
    const cost = await costOf(scene, id, before);
    console.info(`500 flaps, one every ${(2 * half) / second} s`, cost);
    const rollout = await scene.rollouts.find(id);
    expect(rollout?.state.alerts?.groups).toMatchObject([{ firing: 0, total: 1 }]);
    expect(cost).toMatchObject({ posts: 2, cards: 1 });
    expect(cost.events).toBeLessThan(200);
  },
  20_000,
);

interface Move {
  group: number;
  fingerprint: number;
  fires: boolean;
  later: number;
  mine: boolean;
  severity: string;
  restart: boolean;
}

const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.record({
    group: fc.integer({ min: 0, max: 3 }),
    fingerprint: fc.integer({ min: 0, max: 2 }),
    fires: fc.boolean(),
    later: fc.constantFrom(0, 1, 300, 900, 4_000, 6_000, 61_000, 700_000),
    mine: fc.boolean(),
    severity: fc.constantFrom('page', 'warning', 'info'),
    restart: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
);

async function play(scene: DeskScene, steps: readonly Move[]): Promise<void> {
  for (const { group, fingerprint, fires, later, mine, severity, restart } of steps) {
    if (restart) scene.desk();
    const labels = { severity, app: mine ? 'shop' : 'mail' };
    const name = `${severity}-${mine}-${fingerprint}`;
    const firing: Telling = { ...alert(`Group${group}`, fingerprint, { labels }), fingerprint: name };
    await scene.alerts.accept([
      fires ? { ...firing, startsAt: iso(scene.clock.time) } : ended(firing, scene.clock.time),
    ]);
    await scene.settle(scene.clock.time + (later > 1_000 ? later : 0));
    scene.clock.time += later;
  }
  await scene.settle(scene.clock.time + 10 * minute);
}

async function finalCard(scene: DeskScene, id: string): Promise<string[]> {
  const card = (await threadIn(scene, id)).replies.find(({ key }) => key === 'alerts')?.card;
  return card ? plainText(card) : [];
}

test('any course of alerts, with restarts, ends with the card that the last tellings alone make', async () => {
  await fc.assert(
    fc.asyncProperty(moves, async (steps) => {
      const scene = deskScene();
      const id = await scene.switched();
      await play(scene, steps);
      const known = (await scene.rollouts.find(id))?.state.alerts?.groups ?? [];

      const afresh = deskScene();
      const other = await afresh.switched();
      afresh.clock.time = scene.clock.time;
      for (const group of known) {
        const told = await scene.alerts.group(group.id);
        await afresh.alerts.accept(told?.notices ?? []);
        await afresh.settle(afresh.clock.time + 10 * second);
      }
      await afresh.settle(afresh.clock.time + 10 * minute);
      expect(await finalCard(scene, id)).toEqual(await finalCard(afresh, other));
      expect(scene.errors).toEqual([]);
    }),
    { numRuns: 150 },
  );
}, 60_000);

test('two desks at once, and any number of restarts, record nothing twice', async () => {
  await fc.assert(
    fc.asyncProperty(moves, async (steps) => {
      const alone = deskScene();
      const one = await alone.switched();
      const several = deskScene();
      const two = await several.switched();
      for (const step of steps) {
        await play(alone, [{ ...step, restart: false, later: 120_000 }]);
        const rival = several.desk();
        several.desk();
        await Promise.all([
          rival.look(),
          play(several, [{ ...step, restart: false, later: 120_000 }]),
          rival.look(),
        ]);
      }
      const shape = async (scene: DeskScene, id: string) =>
        (await scene.factsOf(id)).map(({ type, data }) => ({ type, data }));
      expect(await shape(several, two)).toEqual(await shape(alone, one));
    }),
    { numRuns: 30 },
  );
}, 60_000);
