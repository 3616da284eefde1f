import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { createDeliveries } from '../../src/adapters/redis/deliveries.ts';
import { createMemory, createTurns } from '../../src/adapters/redis/memory.ts';
import { scriptsOf } from '../../src/adapters/redis/scripts.ts';
import { connectTelegram, type Telegram, type TelegramOptions } from '../../src/adapters/telegram/connect.ts';
import type { Log } from '../../src/adapters/telegram/log.ts';
import type { Card } from '../../src/core/card/card.ts';
import type { Inbox, Incoming, Reply } from '../../src/ports/chat.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { smallCard } from '../chat-contract/cards.ts';
import type { TelegramDouble } from '../doubles/telegram/start.ts';

/** The smallest picture there is. */
export const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** A log that keeps its warnings and errors. */
export function keptLog(): Log & { said: { data: object; message: string }[] } {
  const said: { data: object; message: string }[] = [];
  const keep = (data: object, message: string) => {
    said.push({ data, message });
  };
  return { said, info() {}, warn: keep, error: keep };
}

/** An inbox that remembers what it got, and answers `heard: …`. */
export function recordingInbox() {
  const heard: Incoming[] = [];
  let gate = Promise.resolve();
  let answer: (message: Incoming) => Reply = ({ text }) => ({ ok: true, card: smallCard(`heard: ${text}`) });
  const inbox: Inbox = async (message) => {
    heard.push(message);
    await gate;
    return answer(message);
  };
  return {
    inbox,
    heard,
    texts: () => heard.map(({ text }) => text),
    /** Holds answers back; call the result to let them go. */
    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    answerWith(reply: (message: Incoming) => Reply): void {
      answer = reply;
    },
  };
}

/** What the processes of one bot share: a Redis. */
export function sharedBy(url: string, double: TelegramDouble) {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, commandTimeout: 1_000 });
  redis.on('error', () => undefined);
  const scripts = scriptsOf(redis);
  return {
    redis,
    memory: createMemory(redis),
    turns: createTurns(redis, scripts, randomUUID),
    deliveries: createDeliveries(redis, scripts, `telegram:${double.world.bot.id}`, randomUUID),
  };
}
export type Shared = ReturnType<typeof sharedBy>;

export type BotOptions = Partial<TelegramOptions>;

/** The Telegram adapter on a double; it does not listen yet. */
export function botOn(double: TelegramDouble, shared: Shared, options: BotOptions = {}) {
  const log = keptLog();
  const telegram = connectTelegram({
    botToken: double.world.token,
    apiRoot: double.apiRoot,
    accountsOf: (person) => (person === 'bob' ? [12] : []),
    drawPng: async () => new Uint8Array(dot),
    ...shared,
    clock: systemClock,
    newNonce: randomUUID,
    log,
    ...options,
  });
  return { telegram, log, stop: () => telegram.stop() };
}

/** The same, listening by a webhook of its own. */
export async function webhookBot(
  double: TelegramDouble,
  shared: Shared,
  inbox: Inbox,
  options: BotOptions = {},
) {
  let telegram: Telegram | undefined;
  const server = createServer((request, response) => telegram?.webhook?.listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const webhook = { url: `http://127.0.0.1:${port}`, secret: 'a-secret-of-the-webhook' };
  const made = botOn(double, shared, { webhook, ...options });
  telegram = made.telegram;
  await telegram.start(inbox);
  return {
    ...made,
    webhook,
    url: `${webhook.url}${made.telegram.webhook?.path}`,
    async stop() {
      await made.telegram.stop();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** A card with these buttons. */
export function cardWith(actions: Card['actions'], text = 'aether-7 waits'): Card {
  return { ...smallCard(text), actions, drawnAt: 12 };
}
