import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { redisAnswers } from '../../src/adapters/web/health.ts';
import { createInbox } from '../../src/commands/inbox.ts';
import { openStore, type Store } from '../../src/compose/store.ts';
import { plainText } from '../../src/core/card/plain-text.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { StoreAway } from '../../src/ports/store-away.ts';
import { monday, scene } from '../commands/scene.ts';
import { redisForTest } from '../support/redis.ts';
import { until } from '../support/until.ts';

let redis: Awaited<ReturnType<typeof redisForTest>>;
let store: Store;
beforeAll(async () => {
  redis = await redisForTest();
});
beforeEach(async () => {
  store = await openStore(redis.url, systemClock, () => undefined);
  return () => store.close();
});
afterAll(() => redis.stop());

async function said(): Promise<string> {
  const faults: object[] = [];
  const inbox = createInbox({
    ...scene().deps,
    rollouts: store.rollouts,
    clock: { now: () => monday },
    log: { error: (fields) => void faults.push(fields) },
  });
  const { card } = await inbox({
    channel: { platform: 'slack', id: 'C1' },
    account: 'T1/U1',
    text: 'status',
  });
  expect(faults).toEqual([]);
  return plainText(card).join('\n');
}

test('whoever asks in the first moments of an outage reads that Redis is away and nothing is lost', async () => {
  expect(await said()).toContain('Under way');
  process.kill(redis.pid, 'SIGSTOP');
  try {
    await expect(store.rollouts.find('aether-1')).rejects.toThrow(StoreAway);
    expect(await said()).toMatch(/can’t reach my journal \(Redis\).*Nothing is lost.*Try again/s);
  } finally {
    process.kill(redis.pid, 'SIGCONT');
  }
  await until('Redis to answer again', () => said().then((text) => text.includes('Under way')));
});

test('a connection that is closed, or refused, is told the same way, and /readyz says it in our words', async () => {
  const gone = await redisForTest();
  const left = await openStore(gone.url, systemClock, () => undefined);
  await gone.stop();
  try {
    await expect(left.rollouts.list({})).rejects.toThrow(StoreAway);
    await until('the connection to be known as broken', () => left.prompt.status !== 'ready');
    await expect(left.rollouts.find('aether-1')).rejects.toThrow(StoreAway);
    expect(await redisAnswers(left.prompt)()).toBe(
      'Redis does not answer. Nothing is lost, and all goes on by itself when it is back: see whether it runs, and whether REDIS_URL names it.',
    );
  } finally {
    await left.close();
  }
});

test('a fault of another kind stays what it is', async () => {
  await store.prompt.set('cutover:1:journal:odd-1', 'no list');
  await expect(store.rollouts.events('odd-1')).rejects.toThrow(/WRONGTYPE/);
});
