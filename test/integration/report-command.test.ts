import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keys } from '../../src/adapters/redis/keys.ts';
import { deploymentOf, reportOf } from '../../src/core/report/report.ts';
import { journalOf, whole } from '../report/journal.ts';
import { redisForTest } from '../support/redis.ts';

const run = promisify(execFile);
const main = join(import.meta.dirname, '../../src/main.ts');
const events = journalOf(whole);
let redis: Awaited<ReturnType<typeof redisForTest>>;
let dir: string;

beforeAll(async () => {
  redis = await redisForTest();
  dir = await mkdtemp(join(tmpdir(), 'cutover-report-command-'));
  const client = new Redis(redis.url);
  await client.rpush(keys.journal('aether-7'), ...events.map((event) => JSON.stringify(event)));
  await client.zadd(keys.rollouts, 1, 'aether-7');
  client.disconnect();
});
afterAll(async () => {
  await redis.stop();
  await rm(dir, { recursive: true });
});

const cutover = (...words: string[]) =>
  run(process.execPath, [main, 'report', ...words], {
    cwd: dir,
    env: { PATH: process.env.PATH, REDIS_URL: redis.url },
  });

test('cutover report prints the report in each form, and writes its entry into an audit report once', async () => {
  const [markdown, page, entry] = await Promise.all([
    cutover('aether-7'),
    cutover('aether-7', '--format', 'html'),
    cutover('aether-7', '--format', 'audit'),
  ]);
  expect(markdown.stdout).toBe(reportOf(events));
  expect(page.stdout).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
  expect(entry.stdout).toBe(deploymentOf(events));
  const file = join(dir, 'docs/AUDIT_REPORT.md');
  await cutover('aether-7', '--into', 'docs/AUDIT_REPORT.md');
  const once = await readFile(file, 'utf8');
  expect(once).toContain(`## Deployments\n\n<!-- cutover aether-7: begin -->\n${entry.stdout.trim()}\n<!--`);
  await cutover('aether-7', '--into', 'docs/AUDIT_REPORT.md');
  expect(await readFile(file, 'utf8')).toBe(once);
});

test('an id that nobody has is said, and told by the exit status', async () => {
  await expect(cutover('aether-8')).rejects.toMatchObject({
    code: 1,
    stderr: 'There is no rollout aether-8.\n',
  });
});
