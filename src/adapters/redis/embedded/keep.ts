import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What the keeper says to us. */
export type KeeperMessage =
  | { type: 'started'; pid: number }
  | { type: 'failed'; message: string }
  | { type: 'ended'; code: number | null; signal: string | null; stderr: string };

export type End = Omit<Extract<KeeperMessage, { type: 'ended' }>, 'type'>;

/** A server under its keeper. */
export interface Kept {
  pid: number;
  ended(): boolean;
  /** How it ended; settles when it does. */
  end: Promise<End>;
  /** Settles once the server and its keeper are gone. */
  stop(): Promise<void>;
}

const keeperFile = fileURLToPath(new URL('./keeper.ts', import.meta.url));

/** Starts a program under a keeper. `libraries` are folders that its shared libraries are looked up in. */
export async function keep(argv: readonly string[], libraries: readonly string[]): Promise<Kept> {
  const keeper = spawn(process.execPath, [keeperFile, ...argv], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: environment(libraries),
  });
  const gone = once(keeper, 'exit');
  const end = endOf(keeper, gone);
  const pid = await pidOf(keeper);
  let over = false;
  void end.then(() => {
    over = true;
  });
  keeper.unref();
  keeper.channel?.unref();
  return { pid, ended: () => over, end, stop: () => stop(keeper, gone) };
}

async function stop(keeper: ChildProcess, gone: Promise<unknown>): Promise<void> {
  keeper.ref();
  if (keeper.connected) keeper.disconnect();
  await gone;
}

function pidOf(keeper: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    keeper.on('message', (message: KeeperMessage) => {
      if (message.type === 'started') resolve(message.pid);
      if (message.type === 'failed') reject(new Error(`Redis could not be started: ${message.message}`));
    });
    keeper.once('error', (cause) => reject(new Error("Redis' keeper could not be started", { cause })));
    keeper.once('exit', () => reject(new Error("Redis' keeper ended before Redis was started")));
  });
}

function endOf(keeper: ChildProcess, gone: Promise<unknown>): Promise<End> {
  return new Promise((resolve) => {
    keeper.on('message', (message: KeeperMessage) => {
      if (message.type === 'ended') resolve(message);
    });
    const unknown = (): void => resolve({ code: null, signal: null, stderr: '' });
    gone.then(unknown, unknown);
  });
}

function environment(libraries: readonly string[]): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    LANG: 'C.UTF-8',
    ...(libraries.length > 0 ? { LD_LIBRARY_PATH: libraries.join(':') } : {}),
  };
}
