import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findRedisBinary } from '../../src/adapters/redis/embedded/find.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-find-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true, force: true });
});

async function program(path: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, '');
  await chmod(path, 0o755);
}

test('takes what is on PATH, Valkey too, and not what can not be run', async () => {
  await writeFile(join(dir, 'redis-server'), '');
  await program(join(dir, 'valkey-server'));
  vi.stubEnv('PATH', dir);
  expect(await findRedisBinary()).toEqual({ path: join(dir, 'valkey-server'), libraries: [] });
});

test('else takes the private copy with its libraries', async () => {
  vi.stubEnv('PATH', join(dir, 'nothing'));
  const copy = join(dir, 'cache/redis', `${process.platform}-${process.arch}`);
  await program(join(copy, 'usr/bin/redis-server'));
  const binary = await findRedisBinary({ cacheDir: join(dir, 'cache') });
  expect(binary.path).toBe(join(copy, 'usr/bin/redis-server'));
  expect(binary.libraries[0]).toMatch(new RegExp(`^${copy}/usr/lib/\\w+-linux-gnu$`));
});

test('else says how to get one', async () => {
  vi.stubEnv('PATH', join(dir, 'nothing'));
  await writeFile(join(dir, 'file'), '');
  const finding = findRedisBinary({ cacheDir: join(dir, 'file') });
  await expect(finding).rejects.toThrow(
    /no redis-server[\s\S]*apt-get install[\s\S]*dnf[\s\S]*brew[\s\S]*docker[\s\S]*REDIS_URL/i,
  );
});
