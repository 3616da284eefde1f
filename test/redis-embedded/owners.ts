import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { lives, type ProcessIdentity } from '../../src/adapters/redis/embedded/identity.ts';

const ownerFile = fileURLToPath(new URL('./owner.ts', import.meta.url));

export interface Owner {
  process: ChildProcess;
  pid: number;
  answer: { pid: number; port: number } | { error: string };
}

/** Starts another process that starts a Redis in `dir`, and waits for its answer. */
export async function startOwner(dir: string): Promise<Owner> {
  const child = spawn(process.execPath, [ownerFile, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { process: child, pid: child.pid ?? 0, answer: JSON.parse(String(line)) };
}

/** The same, where it has to succeed. */
export async function startGoodOwner(dir: string): Promise<{ pid: number; redis: number; port: number }> {
  const { pid, answer } = await startOwner(dir);
  if ('error' in answer) throw new Error(answer.error);
  return { pid, redis: answer.pid, port: answer.port };
}

/** Whether a process that lived is gone within the limit (milliseconds). */
export async function untilGone(identity: ProcessIdentity | undefined, limit = 5_000): Promise<boolean> {
  if (!identity) throw new Error('This process was gone before the test began to wait.');
  const began = performance.now();
  while (await lives(identity)) {
    if (performance.now() - began > limit) return false;
    await delay(10);
  }
  return true;
}

/** The parent's process number, from `/proc` (Linux). */
export async function parentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]);
}
