import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askServer } from '../../src/adapters/redis/embedded/ask.ts';
import { identityOf } from '../../src/adapters/redis/embedded/identity.ts';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { portForLater } from '../support/port.ts';
import { startGoodOwner, startOwner, untilGone } from './owners.ts';

let dir: string;
let running: EmbeddedRedis[];
let owners: number[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-embedded-'));
  running = [];
  owners = [];
});

afterEach(async () => {
  for (const pid of owners) kill(pid, 'SIGKILL');
  await Promise.all(running.map((redis) => redis.stop()));
  await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

async function start(
  options: Partial<Parameters<typeof startEmbeddedRedis>[0]> = {},
): Promise<EmbeddedRedis> {
  const redis = await startEmbeddedRedis({ dir, ...options });
  running.push(redis);
  return redis;
}

async function owner(): Promise<{ pid: number; redis: number; port: number }> {
  const started = await startGoodOwner(dir);
  owners.push(started.pid);
  return started;
}

async function withClient<T>(port: number, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({ port, host: '127.0.0.1' });
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}

test('serves with an append-only file, no snapshots, and no eviction, on 127.0.0.1 alone', async () => {
  const redis = await start({ appendfsync: 'always' });
  expect(redis.url).toBe(`redis://127.0.0.1:${redis.port}`);
  const names = ['appendonly', 'appendfsync', 'save', 'maxmemory-policy', 'bind', 'dir'];
  const settings = await withClient(redis.port, (client) => client.config('GET', ...names));
  const pairs = Array.isArray(settings) ? toPairs(settings) : settings;
  expect(pairs).toEqual({
    appendonly: 'yes',
    appendfsync: 'always',
    save: '',
    'maxmemory-policy': 'noeviction',
    bind: '127.0.0.1',
    dir,
  });
});

function toPairs(flat: unknown[]): Record<string, unknown> {
  return Object.fromEntries(
    Array.from({ length: flat.length / 2 }, (_, at) => [flat[at * 2], flat[at * 2 + 1]]),
  );
}

test('keeps its data over a stop, and a second stop is harmless', async () => {
  const first = await start();
  await withClient(first.port, (client) => client.set('kept', 'yes'));
  await first.stop();
  await first.stop();
  expect(await identityOf(first.pid)).toBeUndefined();
  expect((await readdir(dir)).sort()).toEqual(['appendonlydir', 'redis.log']);
  const second = await start();
  expect(await withClient(second.port, (client) => client.get('kept'))).toBe('yes');
});

test('is ready well within a second', async () => {
  const times: number[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const began = performance.now();
    const redis = await startEmbeddedRedis({ dir });
    times.push(Math.round(performance.now() - began));
    await redis.stop();
  }
  const median = times.sort((a, b) => a - b)[2] ?? Number.NaN;
  console.log(`embedded Redis: start to ready ${median} ms (median of 5: ${times.join(', ')})`);
  expect(median).toBeLessThan(1_000);
});

test('uses the port it is given, and says when another program has it', async () => {
  const free = await start();
  const { port } = free;
  await free.stop();
  expect((await start({ port })).port).toBe(port);

  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => other.once('listening', done));
  const taken = other.address();
  const takenPort = typeof taken === 'object' && taken ? taken.port : 0;
  const elsewhere = await mkdtemp(join(dir, 'other-'));
  await expect(startEmbeddedRedis({ dir: elsewhere, port: takenPort })).rejects.toThrow(
    `can't use port ${takenPort}: another program listens there`,
  );
  other.close();
  expect(await readdir(elsewhere)).toEqual([]);
});

test('refuses a folder that another live process holds, and names it', async () => {
  const holder = await owner();
  await expect(start()).rejects.toThrow(
    new RegExp(
      `${dir} is in use by process ${holder.pid} since .* process ${holder.redis} on port ${holder.port}.*DATA_DIR`,
    ),
  );
  expect((await askServer(holder.port)).pid).toBe(holder.redis);
});

test('refuses a folder that this very process holds', async () => {
  await start();
  await expect(start()).rejects.toThrow(`is in use by process ${process.pid}`);
});

test('of ten processes that want one folder at once, where a stale claim lies, exactly one gets it', async () => {
  const dead = { pid: process.pid, born: 'in another life' };
  await writeFile(
    join(dir, 'redis.claim.json'),
    JSON.stringify({ owner: dead, since: '2026-01-01T00:00:00.000Z', redis: { ...dead, port: 1 } }),
  );
  const all = await Promise.all(Array.from({ length: 10 }, () => startOwner(dir)));
  owners.push(...all.map((one) => one.pid));
  const winners = all.filter((one) => 'pid' in one.answer);
  expect(winners).toHaveLength(1);
  for (const { answer } of all) {
    if ('error' in answer) expect(answer.error).toContain(`is in use by process ${winners[0]?.pid}`);
  }
});

test('an unreadable claim is no hindrance', async () => {
  await writeFile(join(dir, 'redis.claim.json'), '{"owner":');
  expect((await start()).port).toBeGreaterThan(0);
});

test('after its own SIGKILL it starts again in the same process, on the same port, with its data', async () => {
  const first = await start({ appendfsync: 'always', port: await portForLater() });
  await withClient(first.port, (client) => client.set('kept', 'yes'));
  const identity = await identityOf(first.pid);
  kill(first.pid, 'SIGKILL');
  expect(await untilGone(identity)).toBe(true);
  const second = await start({ port: first.port });
  expect(await withClient(second.port, (client) => client.get('kept'))).toBe('yes');
});

test('shows the end of the log when the data is damaged, and leaves no process', async () => {
  const first = await start();
  await withClient(first.port, (client) => client.set('kept', 'yes'));
  await first.stop();
  const folder = join(dir, 'appendonlydir');
  for (const file of await readdir(folder)) {
    if (file.endsWith('.aof')) await writeFile(join(folder, file), 'no append-only file\r\n'.repeat(20));
  }
  await expect(start()).rejects.toThrow(/ended with exit status 1 before it was ready[\s\S]*Bad file format/);
  expect(await readdir(dir)).not.toContain('redis.claim.json');
});
