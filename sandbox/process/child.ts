import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ChildMessage, ParentMessage } from './parent.ts';

/** Compiled code is kept here, which halves the work of a start. */
const compileCache = join(import.meta.dirname, '../../node_modules/.cache/sandbox');
/** Milliseconds that a process gets to end by itself. */
const grace = 2_000;

/** A sandbox process, seen by the one that started it. */
export interface Child {
  readonly pid: number | undefined;
  /** Settles when the process is gone, with how it ended in words. */
  readonly exited: Promise<string>;
  send(message: ParentMessage): void;
  /** Ends the process and waits until it is gone. */
  stop(): Promise<void>;
}

export interface Launch {
  file: string;
  args: readonly string[];
  /** Where its output goes; absent: where this process writes. */
  output?: number;
  /** Told each line that it writes to its standard output, in place of where its output goes. */
  onLine?(line: string): void;
  onMessage(message: ChildMessage): void;
}

/** Starts a TypeScript file as a process that lives no longer than this one. */
export function startChild({ file, args, output, onLine, onMessage }: Launch): Child {
  const sink = output ?? 'inherit';
  const stdio: StdioOptions = ['ignore', onLine === undefined ? sink : 'pipe', sink, 'ipc'];
  const child = spawn(process.execPath, [file, ...args], {
    stdio,
    env: { NODE_COMPILE_CACHE: compileCache },
  });
  if (onLine !== undefined && child.stdout !== null) createInterface(child.stdout).on('line', onLine);
  child.on('message', (message) => onMessage(message as ChildMessage));
  const exited = ended(child);
  return {
    pid: child.pid,
    exited,
    send(message) {
      if (child.connected) child.send(message, () => undefined);
    },
    async stop() {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), grace);
      await exited;
      clearTimeout(force);
    },
  };
}

async function ended(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = await once(child, 'exit');
    return signal === null ? `exit code ${code}` : `signal ${signal}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
