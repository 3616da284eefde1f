import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Telling } from '../../src/core/alerts/notice.ts';
import { type News, newsSchema, type Order, type Passed, type Setup, type Strike } from './crashing-setup.ts';

const root = join(import.meta.dirname, '../..');

/** What a person was told. */
export interface Told {
  ok: boolean;
  said: string;
}

/** A real bot in a process of its own, without a web server; it lives no longer than the test. */
export interface Bot {
  readonly pid: number;
  /** Settles when the process is gone. */
  readonly gone: Promise<void>;
  isGone(): boolean;
  /** Resolves when its workers take jobs. */
  start(setup: Setup): Promise<void>;
  /** Tells it where to end itself, and makes it count its points anew; null only counts. */
  arm(strike: Strike | null): Promise<void>;
  points(): Promise<Passed[]>;
  /** A person types a command; undefined when the bot went without an answer. */
  say(account: string, text: string): Promise<Told | undefined>;
  /** A sender delivers alerts: true when they were taken, undefined when the bot went without an answer. */
  tell(tellings: readonly Telling[]): Promise<boolean | undefined>;
  kill(signal?: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** What went wrong in it, oldest first. */
  faults(): readonly string[];
}

const bots = new Set<Bot>();

/** Starts a process that has loaded the bot and waits for `start`. */
export function spawnBot(): Bot {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'crashing-worker.ts')], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/bot'),
    },
  });
  const bot = botOf(child);
  bots.add(bot);
  void bot.gone.then(() => bots.delete(bot));
  return bot;
}

function botOf(child: ChildProcess): Bot {
  let isGone = false;
  let turns = 0;
  const faults: string[] = [];
  const listeners = new Set<(news: News) => void>();
  const gone = once(child, 'exit').then(() => {
    isGone = true;
  });
  child.on('error', () => undefined);
  child.on('message', (message) => {
    const news = newsSchema.parse(message);
    if (news.is === 'fault') faults.push(news.what);
    for (const listen of listeners) listen(news);
  });
  const send = (order: Order): void => {
    if (child.connected) child.send(order, () => undefined);
  };
  /** The first news that fits; undefined when the process goes before. */
  const news = <T>(pick: (news: News) => T | undefined): Promise<T | undefined> => {
    const { promise, resolve } = Promise.withResolvers<T | undefined>();
    const listen = (each: News): void => {
      const picked = pick(each);
      if (picked !== undefined) resolve(picked);
    };
    listeners.add(listen);
    void gone.then(() => resolve(undefined));
    return promise.finally(() => listeners.delete(listen));
  };
  const loaded = news(({ is }) => is === 'loaded' || undefined);
  const surely = async <T>(answer: Promise<T | undefined>): Promise<T> => {
    const given = await answer;
    if (given === undefined) throw new Error(`the bot ended by itself\n${faults.join('\n')}`);
    return given;
  };
  return {
    pid: child.pid ?? 0,
    gone,
    isGone: () => isGone,
    faults: () => faults,
    kill: (signal = 'SIGKILL') => void child.kill(signal),
    async start(setup) {
      await surely(loaded);
      const ready = news(({ is }) => is === 'ready' || undefined);
      send({ do: 'start', setup });
      await surely(ready);
    },
    async arm(strike) {
      const armed = news(({ is }) => is === 'armed' || undefined);
      send({ do: 'arm', strike });
      await surely(armed);
    },
    points() {
      const answer = news((each) => (each.is === 'points' ? each.points : undefined));
      send({ do: 'points' });
      return surely(answer);
    },
    async say(account, text) {
      turns += 1;
      const turn = turns;
      const answer = news((each) => (each.is === 'reply' && each.turn === turn ? each : undefined));
      send({ do: 'say', turn, account, text });
      const reply = await answer;
      return reply && { ok: reply.ok, said: reply.said };
    },
    async tell(tellings) {
      turns += 1;
      const turn = turns;
      const answer = news((each) => (each.is === 'reply' && each.turn === turn ? each : undefined));
      send({ do: 'tell', turn, tellings: [...tellings] });
      return (await answer)?.ok;
    },
  };
}

/** Ends every bot of this test file that still lives; answers how many there were. */
export async function endBots(): Promise<number> {
  const left = [...bots];
  for (const bot of left) bot.kill();
  await Promise.all(left.map(({ gone }) => gone));
  return left.length;
}
