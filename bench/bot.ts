import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The bot as a person starts it, on a data folder and ports of its own. */
export interface Bot {
  url: string;
  /** Milliseconds from the start of the process until `/readyz` said yes. */
  readyAfter: number;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface Home {
  dataDir: string;
  port: number;
  sandboxPort: number;
  remove(): Promise<void>;
}

/** A data folder, and five ports in a row of which the first was free a moment ago. */
export async function newHome(): Promise<Home> {
  const port = await freePort();
  const dataDir = await mkdtemp(join(tmpdir(), 'cutover-bench-'));
  return {
    dataDir,
    port,
    sandboxPort: port + 1,
    remove: () => rm(dataDir, { recursive: true, force: true }),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const main = new URL('../src/main.ts', import.meta.url).pathname;

export async function startBot({ dataDir, port, sandboxPort }: Home): Promise<Bot> {
  const from = performance.now();
  const child = spawn(process.execPath, [main, 'start'], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATA_DIR: dataDir,
      PORT: String(port),
      SANDBOX_PORT: String(sandboxPort),
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`the bot ended with ${child.exitCode}`);
    await pause(5);
  }
  return {
    url,
    readyAfter: performance.now() - from,
    kill: () => end(child, 'SIGKILL'),
    stop: () => end(child, 'SIGTERM'),
  };
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}

/** Says a command in the console, as this person. */
export async function say(bot: Bot, actAs: string, text: string): Promise<void> {
  const response = await fetch(`${bot.url}/console/commands`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ channel: 'rollouts', text: `/rollout ${text}`, actAs }),
  });
  const reply = (await response.json()) as { ok?: boolean };
  if (!reply.ok) throw new Error(`${text}: ${JSON.stringify(reply)}`);
}

export interface JournalEvent {
  seq: number;
  at: string;
  type: string;
  data: { step?: string };
}

export async function journal(bot: Bot, id: string): Promise<JournalEvent[]> {
  const response = await fetch(`${bot.url}/api/rollouts/${id}/journal`);
  return (await response.json()) as JournalEvent[];
}
