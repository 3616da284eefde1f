import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTelegramDouble } from '../doubles/telegram/start.ts';
import { startDemo } from '../support/demo.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-demo-test-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const demo = (env: Record<string, string> = {}) => startDemo(dir, [], env);

/** npm keeps its own compiled code in the folder for temporary files; that is not ours. */
async function leftovers(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  const folders = (await readdir(dir)).filter((name) => name.startsWith('cutover'));
  return [...folders, ...commands.filter((command) => command.includes(dir))];
}

const group = -1_001;

test('npm run demo plays to the end, and all is as expected, also for those who look on in Telegram', async () => {
  const telegram = await startTelegramDouble();
  const child = demo({
    SANDBOX_CHANNELS: `telegram:${group}`,
    TELEGRAM_BOT_TOKEN: telegram.world.token,
    TELEGRAM_API_ROOT: telegram.apiRoot,
  });
  const output = text(child.stdout);
  const [code] = await once(child, 'exit');
  const lines = (await output).split('\n');
  expect(lines.filter((line) => line.startsWith('✗'))).toEqual([]);
  expect(code).toBe(0);
  expect(lines.filter((line) => line.startsWith('✓')).length).toBeGreaterThan(20);
  expect(lines).toContain('✓ Bob may not approve what he started');
  expect(lines).toContain('✓ The hosts are back as they were captured');
  expect(lines).toContain('✓ The journal of sandbox-2 verifies');
  expect(lines.join('\n')).toMatch(/┃ .*Rolled back by Carol/);
  expect(lines.join('\n')).not.toContain('\u001b');
  expect(await leftovers()).toEqual([]);
  const threads = telegram.world.visible(group).filter(({ replyTo }) => replyTo === undefined);
  expect(threads.map(({ text }) => text.split('\n')[0])).toEqual([
    expect.stringMatching(/^sandbox-1 .*green/),
    expect.stringMatching(/^sandbox-2 .*green/),
  ]);
  expect(threads.map(({ text }) => /Rolled back|Done/.exec(text)?.[0])).toEqual(['Rolled back', 'Done']);
  await telegram.stop();
});

/** Reads what it prints until it says this. */
async function printed(child: ReturnType<typeof demo>, words: string): Promise<void> {
  let seen = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      seen += String(chunk);
      if (seen.includes(words)) resolve();
    });
    child.on('exit', () => reject(new Error(`it ended before it said “${words}”:\n${seen}`)));
  });
}

test('Ctrl-C stops it and everything that it started', async () => {
  const child = demo();
  await printed(child, 'Preflight');
  const ended = once(child, 'exit');
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
  const [code] = await ended;
  expect(code).not.toBe(0);
  await expect.poll(leftovers, { timeout: 20_000 }).toEqual([]);
});

test('it stops when nobody reads it any more', async () => {
  const child = demo();
  await printed(child, 'Preflight');
  child.stdout.destroy();
  await once(child, 'exit');
  await expect.poll(leftovers, { timeout: 20_000 }).toEqual([]);
});
