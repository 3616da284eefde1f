import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type Sandbox, startSandbox } from '../../sandbox/start.ts';

/** A sandbox of its own for a test, without load unless asked for. */
export async function sandboxForTest(dataDir?: string): Promise<Sandbox & { dataDir: string }> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'cutover-sandbox-')));
  const sandbox = await startSandbox({ dataDir: folder, basePort: 0 });
  await call('PUT', `${sandbox.urls.supervisor}/load`, { readsPerSecond: 0, intentsPerSecond: 0 });
  return { ...sandbox, dataDir: folder };
}

/** Ends a sandbox and removes its data. */
export async function discard(sandbox: Sandbox & { dataDir: string }): Promise<void> {
  await sandbox.stop();
  await rm(sandbox.dataDir, { recursive: true, force: true });
}

export interface Told {
  status: number;
  body: z.infer<typeof record>;
  headers: Headers;
}

const record = z.record(z.string(), z.json());

/** Calls a service and reads its JSON object. */
export async function call(
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Told> {
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const answer = await fetch(url, init);
  return { status: answer.status, body: record.parse(await answer.json()), headers: answer.headers };
}

/** Waits until something holds, and fails with what was asked last when it never does. */
export async function until<T>(
  ask: () => Promise<T>,
  holds: (value: T) => boolean,
  within = 8_000,
): Promise<T> {
  const limit = Date.now() + within;
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    if (Date.now() > limit) throw new Error(`still not so after ${within} ms: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Deploys a colour and waits until it serves. */
export async function deploy(sandbox: Sandbox, colour: string, version: string): Promise<void> {
  const url = `${sandbox.urls.supervisor}/deployments/${colour}`;
  await call('PUT', url, { version });
  await until(
    () => call('GET', url),
    ({ body }) => body.ready === true && body.version === version,
  );
}

/** Whether there is a process of this id. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
