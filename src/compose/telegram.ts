import { randomUUID } from 'node:crypto';
import { drawPng } from '../adapters/chart/draw.ts';
import type { Log } from '../adapters/log.ts';
import { connectTelegram, type Telegram } from '../adapters/telegram/connect.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../ports/clock.ts';
import type { Catalogue } from './catalogue.ts';
import type { Store } from './store.ts';

export interface TelegramParts {
  config: Config;
  store: Store;
  catalogue: Catalogue;
  clock: Clock;
  log: Log;
}

/** Telegram, where it is set up; its token was checked at the start. */
export function telegramOf({ config, store, catalogue, clock, log }: TelegramParts): Telegram | undefined {
  if (!config.telegram) return undefined;
  const { memory, turns } = store;
  const bot = config.telegram.botToken.split(':')[0];
  return connectTelegram({
    ...config.telegram,
    accountsOf: (person) => catalogue.policy().people[person]?.telegram ?? [],
    isNamed: (channel) => isNamed(catalogue, `telegram:${channel}`),
    drawPng,
    memory,
    turns,
    deliveries: store.deliveries(`telegram:${bot}`),
    clock,
    newNonce: randomUUID,
    log,
    checked: true,
  });
}

function isNamed({ policy, environments }: Catalogue, channel: string): boolean {
  const followed = [...environments().values()].some(({ channels }) => channels.includes(channel));
  return followed || Object.hasOwn(policy().channels, channel);
}
