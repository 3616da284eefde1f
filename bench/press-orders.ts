import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export interface SlackAccess {
  apiUrl: string;
  botToken: string;
  appToken: string;
  signingSecret: string;
}

export interface TelegramAccess {
  apiRoot: string;
  token: string;
}

/** The doubles of both platforms, one for the bot and one for the bare echo. */
export interface Access {
  slack: { ours: SlackAccess; bare: SlackAccess };
  telegram: { ours: TelegramAccess; bare: TelegramAccess };
}

export const ways = ['Slack by Socket Mode', 'Slack by HTTP', 'Telegram'] as const;
export type Way = (typeof ways)[number];

/** The rooms where the pressed cards stand. */
export const pressedRooms = { slack: 'C1', telegram: -1_001 } as const;
/** The rooms of the crowd, ten on each platform. */
export const crowdRooms = Array.from({ length: 10 }, (_, n) => ({
  slack: `C${n + 10}`,
  telegram: -2_001 - n,
}));

export interface PressOrder {
  /** Where Slack delivers by HTTP. */
  urls: { ours: string; bare?: string };
  /** So many presses a minute at the bot, and as many at the echoes. */
  aMinute: number;
  seconds: number;
}

/** Milliseconds from a press's arrival to its acknowledgement. */
export interface Pressed {
  ours: Record<Way, number[]>;
  bare: Record<Way, number[]>;
  unanswered: number;
}

/** What the process of people and platforms is asked. */
export type Order =
  | { do: 'ready' }
  | { do: 'press'; press: PressOrder }
  | { do: 'watch'; rollout: string; words: string; seconds: number }
  | { do: 'count'; rollout: string; words: string };

/** The pressing people and the platforms that they press at, in a process of their own. */
export async function pressLoad() {
  const child = fork(new URL('./press-load.ts', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const access = await heard<Access>(child);
  let last: Promise<unknown> = Promise.resolve();
  /** One question at a time, each with its number. */
  let number = 0;
  const ask = <T>(order: Order): Promise<T> => {
    number += 1;
    const asked = number;
    const answer = new Promise<T>((resolve) => {
      const listen = (message: unknown) => {
        const { to, value } = message as { to: number; value: T };
        if (to !== asked) return;
        child.off('message', listen);
        resolve(value);
      };
      child.on('message', listen);
    });
    child.send({ number: asked, order });
    last = answer;
    return answer;
  };
  return {
    access,
    /** Resolves once the bot's cards can be pressed. */
    ready: () => ask<true>({ do: 'ready' }),
    press: (press: PressOrder) => ask<Pressed>({ do: 'press', press }),
    /** When a message of this rollout's thread with these words was first seen, in milliseconds since the epoch; undefined: never. */
    watch: (rollout: string, words: string, seconds: number) =>
      ask<{ slack?: number; telegram?: number }>({ do: 'watch', rollout, words, seconds }),
    /** How many messages of the thread have these words, on both platforms, and how often they were edited. */
    count: (rollout: string, words: string) =>
      ask<{ posts: number; edits: number }>({ do: 'count', rollout, words }),
    async stop() {
      await last;
      child.kill();
    },
  };
}

/** Starts the bare Bolt or telegraf. */
export async function startEcho(kind: 'slack' | 'telegram', access: SlackAccess | TelegramAccess) {
  const child = fork(new URL('./echo.ts', import.meta.url), [kind, JSON.stringify(access)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { port } = await heard<{ port: number }>(child);
  return { url: `http://127.0.0.1:${port}/slack/events`, stop: () => void child.kill() };
}

async function heard<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a process of the bench ended with ${code}`);
  });
  const [message] = await Promise.race([once(child, 'message'), ended]);
  return message as T;
}
