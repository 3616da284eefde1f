import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Json } from '../src/core/json.ts';
import type { Receiver } from './alerter/payload.ts';
import { colours } from './colour.ts';
import { reservePorts } from './ports.ts';
import { type Child, startChild } from './process/child.ts';
import type { Ports } from './supervisor/layout.ts';

/** Milliseconds until a sandbox that isn't up is given up. */
const startLimit = 20_000;
/** Milliseconds that processes get to go once their supervisor is gone. */
const endLimit = 3_000;

export interface SandboxOptions {
  /** State, ledgers, artefacts and the log are kept here. */
  dataDir: string;
  /** The router's port; supervisor, blue, green and alerter get the next four. 0 looks for five free ones. */
  basePort: number;
  /** Called when the supervisor ended without `stop`. */
  onDeath?(how: string): void;
}

/** A sandbox that is up. */
export interface Sandbox {
  /** What playbooks see as `env`. */
  readonly vars: Record<string, Json>;
  readonly urls: Record<keyof Ports, string>;
  /** The processes that there are now. */
  pids(): number[];
  /** From now on alerts are posted there. */
  alertTo(receiver: Receiver): void;
  /** Ends all of them; settles when none is left. */
  stop(): Promise<void>;
}

/**
 * Starts router, supervisor, alerter and the deployed platforms, and waits until all serve. They live no longer than
 * this process. Throws a sentence for a person when a port is in use or a process doesn't come up.
 */
export async function startSandbox({ dataDir, basePort, onDeath }: SandboxOptions): Promise<Sandbox> {
  const ports = await reservePorts(basePort);
  const folder = resolve(dataDir);
  mkdirSync(join(folder, 'artifacts'), { recursive: true });
  let children: number[] = [];
  let stopping = false;
  const up = Promise.withResolvers<void>();
  const supervisor = startSupervisor(folder, ports, (message) => {
    if ('pids' in message) children = message.pids;
    else up.resolve();
  });
  const pids = () => [...(supervisor.pid === undefined ? [] : [supervisor.pid]), ...children].filter(isAlive);
  const stop = async () => {
    stopping = true;
    await supervisor.stop();
    await allGone(pids);
  };
  void supervisor.exited.then((how) => {
    up.reject(new Error(`The sandbox did not start (${how}).\n${logTail(folder)}`));
    if (!stopping) onDeath?.(how);
  });
  await withinLimit(up.promise, folder, stop);
  const alertTo = (receiver: Receiver) => supervisor.send({ receiver });
  return { vars: varsOf(ports), urls: urlsOf(ports), pids, alertTo, stop };
}

function startSupervisor(
  folder: string,
  ports: Ports,
  onMessage: Parameters<typeof startChild>[0]['onMessage'],
): Child {
  const output = openSync(logFile(folder), 'w');
  const file = join(import.meta.dirname, 'supervisor.ts');
  const numbers = Object.entries(ports).flatMap(([name, port]) => [`--${name}`, `${port}`]);
  const child = startChild({ file, args: ['--data', folder, ...numbers], output, onMessage });
  closeSync(output);
  return child;
}

async function withinLimit(up: Promise<void>, folder: string, stop: () => Promise<void>): Promise<void> {
  const timer = new AbortController();
  const late = pause(startLimit, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`The sandbox was not up within ${startLimit} ms.\n${logTail(folder)}`);
  });
  try {
    await Promise.race([up, late]);
  } catch (error) {
    await stop();
    throw error;
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

async function allGone(pids: () => number[]): Promise<void> {
  const limit = Date.now() + endLimit;
  while (pids().length > 0 && Date.now() < limit) await pause(10);
  for (const pid of pids()) process.kill(pid, 'SIGKILL');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function logFile(folder: string): string {
  return join(folder, 'sandbox.log');
}

function logTail(folder: string): string {
  return readFileSync(logFile(folder), 'utf8').split('\n').slice(-20).join('\n');
}

/** Where the parts of a sandbox answer. */
export function urlsOf(ports: Ports): Sandbox['urls'] {
  const url = (port: number) => `http://127.0.0.1:${port}`;
  return {
    router: url(ports.router),
    supervisor: url(ports.supervisor),
    blue: url(ports.blue),
    green: url(ports.green),
    alerter: url(ports.alerter),
  };
}

function varsOf(ports: Ports): Record<string, Json> {
  const urls = urlsOf(ports);
  const each = (of: (url: string) => string) =>
    Object.fromEntries(colours.map((colour) => [colour, of(urls[colour])]));
  return {
    router: urls.router,
    supervisor: urls.supervisor,
    platforms: each((url) => url),
    metrics: each((url) => `${url}/metrics`),
    feed: each((url) => `${url.replace('http', 'ws')}/feed`),
  };
}
