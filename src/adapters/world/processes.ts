import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Exit, type Invocation, NotStarted, type ProcessRunner } from '../../ports/world.ts';
import { type OutputReader, outputReader } from './output.ts';
import { endGroup, signalGroup } from './process-group.ts';

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

/** Runs programs without a shell, each in a process group of its own. What it leaves running is ended with it. */
export function processRunner({ grace = 2_000, firstOnPath }: RunnerOptions = {}): Runner {
  const groups = new Set<number>();
  return {
    killAll() {
      for (const group of groups) signalGroup(group, 'SIGKILL');
    },
    async run(invocation, signal) {
      signal.throwIfAborted();
      const child = start(invocation, firstOnPath);
      const exited = ended(child, 'exit');
      const closed = ended(child, 'close');
      const group = await groupOf(child, invocation);
      groups.add(group);
      const readers = [follow(child.stdout, invocation), follow(child.stderr, invocation)] as const;
      const stop = () => endGroup(group, grace);
      signal.addEventListener('abort', stop, { once: true });
      try {
        if (signal.aborted) await stop();
        const [code, name] = await exited;
        await stop();
        await Promise.race([closed, pause(1_000, undefined, { ref: false })]);
        signal.throwIfAborted();
        return exitOf(code, name, readers);
      } finally {
        groups.delete(group);
        signal.removeEventListener('abort', stop);
        child.stdout?.destroy();
        child.stderr?.destroy();
      }
    },
  };
}

function start({ argv, cwd, env, stdin }: Invocation, firstOnPath: string | undefined): ChildProcess {
  const [file, ...args] = argv;
  const own: Record<string, string> = Object.fromEntries(inherited.flatMap((name) => entry(name)));
  if (firstOnPath !== undefined) own.PATH = [firstOnPath, own.PATH].filter(Boolean).join(delimiter);
  const child = spawn(file, args, {
    shell: false,
    detached: true,
    env: { ...own, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  feed(child, stdin ?? '');
  return child;
}

/** A program that doesn't read its input, or has ended, is no fault. */
function feed(child: ChildProcess, text: string): void {
  child.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(text);
}

function ended(child: ChildProcess, event: 'exit' | 'close'): Promise<[number | null, string | null]> {
  return new Promise((resolve) => {
    child.once(event, (code, signal) => resolve([code, signal]));
  });
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

/** The number of the group: that of its first process. Rejects with a clear reason when it didn't start. */
async function groupOf(child: ChildProcess, { argv, cwd }: Invocation): Promise<number> {
  if (child.pid !== undefined) return child.pid;
  const [cause] = await once(child, 'error');
  const folder = cwd === undefined || (await stat(cwd).catch(() => undefined))?.isDirectory();
  if (!folder) throw new NotStarted(`${argv[0]} can't start: there is no folder ${cwd}.`, { cause });
  const why = reasons.get(String(cause.code)) ?? cause.message;
  throw new NotStarted(`${argv[0]} can't start: ${why}.`, { cause });
}

function follow(stream: NodeJS.ReadableStream | null, { onLine }: Invocation): OutputReader {
  const reader = outputReader((line) => onLine?.(line));
  stream?.on('data', (chunk: Buffer) => reader.push(chunk));
  return reader;
}

function exitOf(
  code: number | null,
  signal: string | null,
  [out, err]: readonly [OutputReader, OutputReader],
): Exit {
  out.end();
  err.end();
  return { code, signal, stdout: out.tail(), stderr: err.tail() };
}
