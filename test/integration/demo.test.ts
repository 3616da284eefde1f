import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { root } from '../architecture/source.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-demo-test-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

function demo(): ChildProcess & { stdout: NonNullable<ChildProcess['stdout']> } {
  const child = spawn('npm', ['run', 'demo'], {
    cwd: root,
    env: { ...process.env, TMPDIR: dir, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  return Object.assign(child, { stdout: child.stdout });
}

/** npm keeps its own compiled code in the folder for temporary files; that is not ours. */
async function leftovers(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  const folders = (await readdir(dir)).filter((name) => name.startsWith('cutover'));
  return [...folders, ...commands.filter((command) => command.includes(dir))];
}

test('npm run demo plays to the end, and all is as expected', async () => {
  const child = demo();
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
