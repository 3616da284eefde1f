import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from './until.ts';

export const root = join(import.meta.dirname, '../..');

/** The bot as people start it, in a process of its own. */
export interface BotProcess {
  readonly pid: number;
  /** Where its console or its health is. */
  readonly url: string;
  stdout(): string;
  stderr(): string;
  /** Its log, oldest line first. */
  logged(): { level: string; msg: string; [key: string]: unknown }[];
  kill(signal: NodeJS.Signals): void;
  /** Settles when it is gone. */
  readonly gone: Promise<{ code: number | null; signal: NodeJS.Signals | null; at: number }>;
}

export interface BotOptions {
  /** Besides PATH and HOME. */
  env: Record<string, string>;
  /** Absent: this Node with `src/main.ts start`. */
  command?: readonly [string, ...string[]];
  /** In a process group of its own, as a terminal's foreground job. */
  detached?: boolean;
}

/** A program that was launched, whatever becomes of it. */
export type Launched = Omit<BotProcess, 'url'> & { end(): void };

const running = new Set<Launched>();

/** Starts the program without waiting for anything. */
export function launch({ env, command, detached = false }: BotOptions): Launched {
  const [file, ...args] = command ?? [process.execPath, 'src/main.ts', 'start'];
  const child = spawn(file, args, {
    cwd: root,
    detached,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.err += chunk;
  });
  const gone = once(child, 'close').then(([code, signal]) => ({ code, signal, at: Date.now() }));
  const bot = {
    pid: child.pid ?? 0,
    stdout: () => said.out,
    stderr: () => said.err,
    logged: () => said.err.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : [])),
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
    /** The whole process group, where it has one. */
    end() {
      if (detached && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      else child.kill('SIGKILL');
    },
    gone,
  };
  running.add(bot);
  void gone.then(() => running.delete(bot));
  return bot;
}

/** Starts the bot and waits until it says that it is ready. */
export async function startBotProcess(options: BotOptions): Promise<BotProcess> {
  const bot = launch(options);
  let over = false;
  void bot.gone.then(() => {
    over = true;
  });
  const ready = () => /Cutover is ready.*?(http:\/\/[\d.:]+)/.exec(bot.stdout())?.[1];
  await until('the bot to be ready', () => over || ready(), 90);
  const url = ready();
  if (url === undefined) throw new Error(`the bot ended before it was ready:\n${bot.stderr()}`);
  return { ...bot, url };
}

/** Ends every bot of this file that still lives; answers how many there were. */
export async function endBotProcesses(): Promise<number> {
  const left = [...running];
  for (const bot of left) bot.end();
  await Promise.all(left.map(({ gone }) => gone));
  return left.length;
}
