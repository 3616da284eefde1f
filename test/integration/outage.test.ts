import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { reservePorts } from '../../sandbox/ports.ts';
import { urlsOf } from '../../sandbox/start.ts';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { keys } from '../../src/adapters/redis/keys.ts';
import { openStore, type Store } from '../../src/compose/store.ts';
import type { Card } from '../../src/core/card/card.ts';
import { plainText } from '../../src/core/card/plain-text.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { call, isAlive, until } from '../sandbox/support.ts';
import { type App, startAppProcess } from '../support/crashing-app.ts';
import { evidenceOf, type Scene } from '../support/crashing-evidence.ts';
import { calmThread, quickPlaybook } from '../support/crashing-playbook.ts';
import { portForLater } from '../support/port.ts';

const id = 'sandbox-1';
const away = 20_000;
let dir: string;
let redis: EmbeddedRedis;
let store: Store;
let app: App;
let sandbox: Scene['sandbox'];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-outage-'));
  redis = await startEmbeddedRedis({
    dir: join(dir, 'redis'),
    port: await portForLater(),
    appendfsync: 'always',
  });
  store = await openStore(redis.url, systemClock, () => undefined);
  const ports = await reservePorts(0);
  sandbox = { urls: urlsOf(ports), dataDir: join(dir, 'sandbox') };
  const playbook = await quickPlaybook({ soakCycles: 10, hypercare: '1s' });
  app = await startAppProcess({ dir, playbook, redisUrl: redis.url, sandboxPort: ports.router });
});
afterEach(async () => {
  await app.stop();
  await store.close();
  await redis.stop();
  expect([app.pid, redis.pid].filter(isAlive)).toEqual([]);
  await rm(dir, { recursive: true, force: true });
});

const replySchema = z.object({ ok: z.boolean(), card: z.custom<Card>() });

/** What a person types in the console, and what they read. */
async function say(actAs: string, text: string): Promise<{ ok: boolean; said: string; took: number }> {
  const began = performance.now();
  const answer = await fetch(`${app.url}/console/commands`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ channel: 'rollouts', text, actAs }),
  });
  const { ok, card } = replySchema.parse(await answer.json());
  return { ok, said: plainText(card).join(' '), took: performance.now() - began };
}

const journal = () => store.patient.lrange(keys.journal(id), 0, -1);
const stepOf = async (step: string) => (await store.patientRollouts.find(id))?.state.steps[step]?.status;

test('Redis killed for 20 s in the middle of a rollout: people are told, nothing is lost or doubled', {
  timeout: 240_000,
}, async () => {
  expect(await say('bob', 'start green')).toMatchObject({ ok: true });
  await until(
    () => stepOf('approve-switch'),
    (is) => is === 'waiting',
    60_000,
  );
  expect(await say('carol', `approve ${id}`)).toMatchObject({ ok: true });
  await until(
    () => stepOf('soak'),
    (is) => is === 'waiting',
    60_000,
  );
  await pause(600);
  const before = await journal();
  process.kill(redis.pid, 'SIGKILL');
  await redis.stop();
  await pause(500);

  const ready = await call('GET', `${app.url}/readyz`);
  expect(ready).toMatchObject({ status: 503, body: { ready: false } });
  console.log('While Redis is away, /readyz says:', JSON.stringify(ready.body));
  expect(JSON.stringify(ready.body)).toMatch(/Redis/);
  expect((await call('GET', `${app.url}/healthz`)).status).toBe(200);
  await until(
    () => say('dan', `status ${id}`),
    ({ said }) => /can’t reach my journal/.test(said),
    8_000,
  );
  for (const text of [`rollback ${id} errors`, `status ${id}`, 'start green']) {
    const told = await say('dan', text);
    console.log(`/rollout ${text} → in ${told.took.toFixed(0)} ms: ${told.said}`);
    expect(told.said).toMatch(/can’t reach my journal/);
    expect(told).toMatchObject({ ok: false, took: expect.toSatisfy((took: number) => took < 5_000) });
  }
  await pause(away);
  expect(app.hasEnded()).toBe(false);

  redis = await startEmbeddedRedis({ dir: join(dir, 'redis'), port: redis.port, appendfsync: 'always' });
  const back = performance.now();
  await until(
    async () => (await journal()).length,
    (length) => length > before.length,
    30_000,
  );
  console.log(
    `Redis was away for ${away / 1_000} s; the next durable step came ${(performance.now() - back).toFixed(0)} ms after it answered again.`,
  );
  await until(async () => (await store.patientRollouts.find(id))?.state.succeeded, Boolean, 60_000);
  expect((await journal()).slice(0, before.length)).toEqual(before);
  expect((await call('GET', `${app.url}/readyz`)).status).toBe(200);
  expect(await say('dan', `status ${id}`)).toMatchObject({ ok: true });

  const { effects, thread, ...rest } = await evidenceOf({ store, sandbox }, id);
  expect(rest).toMatchObject({
    ...{ status: 'succeeded', journal: 'verified', migrations: 1, asked: ['approval at approve-switch'] },
    hosts: { api: 'green', app: 'green' },
  });
  expect(effects.map((each) => each.split(' by ')[1])).toEqual([
    'deploy',
    'migrate',
    'freeze-writes',
    'flip',
    'unfreeze',
  ]);
  expect(thread).toEqual(calmThread);
  console.log(
    `The log has ${app.logged().length} lines.`,
    ...new Set(app.logged().map((line) => `\n  ${/"msg":"([^"]*)"/.exec(line)?.[1]}`)),
  );
});
