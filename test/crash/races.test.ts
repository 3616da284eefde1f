import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { keys } from '../../src/adapters/redis/keys.ts';
import { plainText } from '../../src/core/card/plain-text.ts';
import { verifyJournal } from '../../src/core/rollout/verify.ts';
import type { Reply } from '../../src/ports/chat.ts';
import { isAlive } from '../sandbox/support.ts';
import { chances, seedOfRun } from '../support/crashing-seed.ts';
import { redisForTest } from '../support/redis.ts';
import { crowd, openScene, type RaceScene } from './race-scene.ts';

let redis: EmbeddedRedis;
let scene: RaceScene;
let chance: () => number;

beforeAll(async () => {
  redis = await redisForTest();
  scene = await openScene(redis.url);
  chance = chances(seedOfRun());
});
afterAll(async () => {
  await scene.engine.stop();
  await redis.stop();
  expect(isAlive(redis.pid)).toBe(false);
});

/** Everyone has an answer in words; who was refused knows why. Answers how many were not refused. */
function granted(replies: readonly Reply[]): number {
  for (const reply of replies) {
    expect(plainText(reply.card).join(' ')).toMatch(/\w+ \w+/);
    if (!reply.ok) expect(reply.refused).toBeDefined();
  }
  expect(scene.faults).toEqual([]);
  return replies.filter(({ ok }) => ok).length;
}

async function typesOf(id: string): Promise<string[]> {
  return (await scene.engine.rollouts.events(id)).map(({ type }) => type);
}

async function count(id: string, type: string): Promise<number> {
  return (await typesOf(id)).filter((each) => each === type).length;
}

async function isSound(id: string): Promise<boolean> {
  return 'head' in verifyJournal(await scene.engine.redis.lrange(keys.journal(id), 0, -1));
}

/** Both at nearly the same instant, in an order that chance decides. */
function together<T>(...tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  return Promise.all(tasks.map((task) => pause(chance() * 12).then(task)));
}

const forward = ['act-1', 'act-2', 'act-3', 'act-4', 'act-5'];

describe('one approval is asked for', () => {
  test('50 presses of the same button by one person count once', async () => {
    const id = await scene.started('one');
    const press = await scene.button(id, 'Approve');
    const replies = await Promise.all(crowd.map(() => press('carol')));
    expect(granted(replies)).toBe(1);
    await scene.reached(id, 'succeeded');
    expect(await count(id, 'step.answered')).toBe(1);
    expect(scene.system.accepted(id)).toEqual(forward);
    console.log('50 presses by one person:', tally(replies));
  });

  test('of 50 people who press at once, one approves', async () => {
    const id = await scene.started('one');
    const press = await scene.button(id, 'Approve');
    const replies = await Promise.all(crowd.map(press));
    expect(granted(replies)).toBe(1);
    await scene.reached(id, 'succeeded');
    expect(await count(id, 'step.answered')).toBe(1);
    expect(scene.system.accepted(id)).toEqual(forward);
    console.log('50 presses by 50 people:', tally(replies));
  });

  test('of an approval and a rejection, the first stands', async () => {
    const won = { approve: 0, reject: 0 };
    for (let round = 0; round < 12; round += 1) {
      const id = await scene.started('one');
      const [approved, rejected] = await together(
        () => scene.say('carol', `approve ${id}`),
        () => scene.say('dan', `reject ${id} not today`),
      );
      expect(granted([approved, rejected].flatMap((reply) => reply ?? []))).toBe(1);
      const end = approved?.ok ? 'succeeded' : 'failed';
      await scene.reached(id, end);
      won[approved?.ok ? 'approve' : 'reject'] += 1;
      expect(await count(id, 'step.answered')).toBe(1);
      expect(scene.system.accepted(id)).toEqual(approved?.ok ? forward : []);
    }
    console.log('approve against reject:', won);
  });

  test('an abort beside an approval ends the rollout, unless that was over already', async () => {
    const approvals = { taken: 0, refused: 0 };
    for (let round = 0; round < 12; round += 1) {
      const id = await scene.started('one');
      const [approved, aborted] = await together(
        () => scene.say('carol', `approve ${id}`),
        () => scene.say('dan', `abort ${id} not today`),
      );
      expect(granted([approved, aborted].flatMap((reply) => reply ?? []))).toBeGreaterThan(0);
      approvals[approved?.ok ? 'taken' : 'refused'] += 1;
      await scene.reached(id, aborted?.ok ? 'aborted' : 'succeeded');
      expect(await count(id, 'rollout.aborted')).toBe(aborted?.ok ? 1 : 0);
      if (!approved?.ok) expect(scene.system.accepted(id)).toEqual([]);
    }
    console.log('approve against abort:', approvals);
  });
});

test('two people who approve at once make a quorum of two', async () => {
  for (let round = 0; round < 12; round += 1) {
    const id = await scene.started('two');
    const press = await scene.button(id, 'Approve');
    const replies = await together(
      () => press('carol'),
      () => press('dan'),
    );
    expect(granted(replies)).toBe(2);
    await scene.reached(id, 'succeeded');
    expect(await count(id, 'step.answered')).toBe(2);
    expect(scene.system.accepted(id)).toEqual(forward);
  }
});

/** Nothing took effect twice, nor after its undoing, and a rollback undid all that had begun. Answers what took effect. */
async function expectEachUndone(id: string, rolledBack: boolean): Promise<string[]> {
  const accepted = scene.system.accepted(id);
  const acts = accepted.filter((each) => each.startsWith('act-'));
  const undos = accepted.filter((each) => each.startsWith('undo-'));
  expect(accepted).toEqual([...acts, ...undos]);
  expect(new Set(accepted).size).toBe(accepted.length);
  const { steps } = (await scene.find(id)).state;
  const begun = forward.filter((act) => steps[act]?.started);
  expect(begun).toEqual(expect.arrayContaining(acts));
  expect(undos).toEqual(rolledBack ? begun.map((act) => act.replace('act', 'undo')) : []);
  expect(await isSound(id)).toBe(true);
  return acts;
}

describe('a rollback', () => {
  test('while a step starts undoes exactly what took effect, and nothing takes effect after it', {
    timeout: 60_000,
  }, async () => {
    const undone: Record<string, number> = {};
    for (let round = 0; round < 40; round += 1) {
      const id = await scene.started('one');
      await scene.say('carol', `approve ${id}`);
      await pause(chance() * 45);
      const reply = await scene.say('dan', `rollback ${id} a test`);
      granted([reply]);
      await scene.reached(id, reply.ok ? 'rolled-back' : 'succeeded');
      const acts = await expectEachUndone(id, reply.ok);
      const key = reply.ok ? `after ${acts.length} steps` : 'too late';
      undone[key] = (undone[key] ?? 0) + 1;
    }
    console.log('rollback while steps start:', undone);
  });

  test('beside an abort rolls back, unless the rollout was over already', async () => {
    const aborts = { taken: 0, refused: 0 };
    for (let round = 0; round < 12; round += 1) {
      const id = await scene.started('one');
      await scene.say('carol', `approve ${id}`);
      const [rolled, aborted] = await together(
        () => scene.say('dan', `rollback ${id} a test`),
        () => scene.say('carol', `abort ${id} not today`),
      );
      granted([rolled, aborted].flatMap((reply) => reply ?? []));
      aborts[aborted?.ok ? 'taken' : 'refused'] += 1;
      const end = rolled?.ok ? 'rolled-back' : 'succeeded';
      await scene.reached(id, end);
      expect(aborted?.ok && end === 'succeeded').not.toBe(true);
      await expectEachUndone(id, rolled?.ok ?? false);
    }
    console.log('rollback against abort:', aborts);
  });
});

describe('a start', () => {
  test('twenty times at once in one environment begins one rollout', async () => {
    const place = scene.place();
    const replies = await Promise.all(
      crowd.slice(0, 20).map((who) => scene.say(who, `start one env=${place}`)),
    );
    expect(granted(replies)).toBe(1);
    expect(replies.filter(({ refused }) => refused === 'environment-busy')).toHaveLength(19);
    expect(await scene.engine.rollouts.list({ environment: place })).toHaveLength(1);
  });

  test('beside a lock goes first or is refused', async () => {
    const starts = { taken: 0, refused: 0 };
    for (let round = 0; round < 12; round += 1) {
      const place = scene.place();
      const [started, locked] = await together(
        () => scene.say('bob', `start one env=${place}`),
        () => pause(chance() * 25).then(() => scene.say('carol', `lock ${place} maintenance`)),
      );
      granted([started, locked].flatMap((reply) => reply ?? []));
      expect(locked?.ok).toBe(true);
      starts[started?.ok ? 'taken' : 'refused'] += 1;
      const { claimedBy, lock } = await scene.engine.rollouts.environment(place);
      expect(lock?.reason).toBe('maintenance');
      expect(claimedBy !== undefined).toBe(started?.ok);
      if (!started?.ok) expect(started?.refused).toBe('environment-locked');
    }
    console.log('lock against start:', starts);
  });
});

function tally(replies: readonly Reply[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { ok, refused } of replies) {
    const key = ok ? 'done' : (refused ?? 'fault');
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
