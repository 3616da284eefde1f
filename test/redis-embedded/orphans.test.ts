import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askServer } from '../../src/adapters/redis/embedded/ask.ts';
import { identityOf } from '../../src/adapters/redis/embedded/identity.ts';
import { startEmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { parentOf, startGoodOwner, untilGone } from './owners.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-orphans-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

test('Redis and its keeper end when their owner is killed, and the next start follows at once', async () => {
  for (let turn = 0; turn < 3; turn += 1) {
    const owner = await startGoodOwner(dir);
    const server = await identityOf(owner.redis);
    const keeper = await identityOf(await parentOf(owner.redis));
    process.kill(owner.pid, 'SIGKILL');
    const next = await startEmbeddedRedis({ dir });
    expect(next.pid).not.toBe(owner.redis);
    await next.stop();
    expect(await untilGone(server)).toBe(true);
    expect(await untilGone(keeper)).toBe(true);
  }
});

test.runIf(process.platform === 'linux')('Redis ends also when its keeper is killed first', async () => {
  const owner = await startGoodOwner(dir);
  const server = await identityOf(owner.redis);
  process.kill(await parentOf(owner.redis), 'SIGKILL');
  expect(await untilGone(server)).toBe(true);
  process.kill(owner.pid, 'SIGKILL');
});

test('a hanging Redis does not outlive its owner either', async () => {
  const owner = await startGoodOwner(dir);
  const server = await identityOf(owner.redis);
  process.kill(owner.redis, 'SIGSTOP');
  process.kill(owner.pid, 'SIGKILL');
  expect(await untilGone(server)).toBe(true);
});

test("the terminal's Ctrl-C reaches the owner, not Redis", async () => {
  const owner = await startGoodOwner(dir);
  process.kill(-owner.pid, 'SIGINT');
  expect(await askServer(owner.port)).toMatchObject({ pid: owner.redis, loading: false });
  const server = await identityOf(owner.redis);
  process.kill(-owner.pid, 'SIGKILL');
  expect(await untilGone(server)).toBe(true);
});
