import type { ChildProcess } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Exit, type Invocation, NotStarted, type ProcessRunner } from '../../ports/world.ts';
import { type OutputReader, outputReader } from './output.ts';
import { endGroup, signalGroup } from './process-group.ts';
import { type Order, type Report, supervise } from './supervised.ts';

type Ended = Extract<Report, { is: 'ended' }>;
type Failed = Extract<Report, { is: 'failed' }>;

/** What programs get of the bot's own environment; its secrets are not among it. */
const inherited = ['PATH', 'HOME', 'LANG'];

export interface RunnerOptions {
  /** The time in milliseconds between SIGTERM and SIGKILL; absent: two seconds. */
  grace?: number;
  /** A folder that programs are looked for in before those of the bot's own PATH. */
  firstOnPath?: string;
}

/** Runs programs, and can end all of them when the bot itself has to go. */
export interface Runner extends ProcessRunner {
  /** Ends every program that runs, by SIGKILL, at once: also from a process that is exiting. */
  killAll(): void;
}

/**
 * Runs programs without a shell, each under a supervisor in a process group of its own. What it leaves running is
 * ended with it, and all of it ends within two seconds when this process is killed.
 */
export function processRunner({ grace = 2_000, firstOnPath }: RunnerOptions = {}): Runner {
  const groups = new Set<number>();
  return {
    killAll() {
      for (const group of groups) signalGroup(group, 'SIGKILL');
    },
    async run(invocation, signal) {
      signal.throwIfAborted();
      const { process: child, group, report } = await supervise(orderOf(invocation, firstOnPath));
      const closed = new Promise((resolve) => child.once('close', resolve));
      groups.add(group);
      feed(child, invocation.stdin ?? '');
      const readers = [
        follow(child.stdout, invocation, invocation.keep),
        follow(child.stderr, invocation),
      ] as const;
      const stop = () => endGroup(group, grace);
      signal.addEventListener('abort', stop, { once: true });
      try {
        if (signal.aborted) await stop();
        const ended = await report;
        await stop();
        await Promise.race([closed, pause(1_000, undefined, { ref: false })]);
        signal.throwIfAborted();
        if (ended.is === 'failed') throw await notStarted(ended, invocation);
        return exitOf(ended, readers);
      } finally {
        groups.delete(group);
        signal.removeEventListener('abort', stop);
        child.stdout?.destroy();
        child.stderr?.destroy();
      }
    },
  };
}

function orderOf({ argv, cwd, env }: Invocation, firstOnPath: string | undefined): Order {
  const own: Record<string, string> = Object.fromEntries(inherited.flatMap((name) => entry(name)));
  if (firstOnPath !== undefined) own.PATH = [firstOnPath, own.PATH].filter(Boolean).join(delimiter);
  return { argv, env: { ...own, ...env }, ...(cwd === undefined ? {} : { cwd }) };
}

/** A program that doesn't read its input, or has ended, is no fault. */
function feed(child: ChildProcess, text: string): void {
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(text);
}

function entry(name: string): [string, string][] {
  const value = process.env[name];
  return value === undefined ? [] : [[name, value]];
}

const reasons = new Map([
  ['ENOENT', 'there is no such program on the PATH'],
  ['EACCES', 'it may not be executed'],
  ['E2BIG', 'its arguments are too long'],
]);

/** Why it didn't start, for a person. */
async function notStarted({ code, message }: Failed, { argv, cwd }: Invocation): Promise<NotStarted> {
  const cause = new Error(message);
  const folder = cwd === undefined || (await stat(cwd).catch(() => undefined))?.isDirectory();
  if (!folder) return new NotStarted(`${argv[0]} can't start: there is no folder ${cwd}.`, { cause });
  return new NotStarted(`${argv[0]} can't start: ${reasons.get(code) ?? message}.`, { cause });
}

function follow(stream: NodeJS.ReadableStream | null, { onLine }: Invocation, keep?: number): OutputReader {
  const reader = outputReader((line) => onLine?.(line), keep);
  stream?.on('data', (chunk: Buffer) => reader.push(chunk));
  return reader;
}

function exitOf({ code, signal }: Ended, [out, err]: readonly [OutputReader, OutputReader]): Exit {
  out.end();
  err.end();
  return { code, signal, stdout: out.tail(), stderr: err.tail() };
}
