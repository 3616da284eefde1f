import { z } from 'zod';
import { type BotApi, botApi } from './api.ts';
import { classify, isUnauthorized } from './errors.ts';
import type { Bot } from './gateway.ts';
import type { Log } from './log.ts';

/** The check of a token at the start must not hold the bot up (milliseconds). */
const checkTimeout = 3_000;

const botSchema = z.object({ id: z.int(), username: z.string() });

/** Asks Telegram whether the token is good. Throws in words for a person; Telegram being away is no fault. */
export async function checkTelegram({
  botToken,
  apiRoot,
  log,
}: {
  botToken: string;
  apiRoot: string;
  log: Log;
}): Promise<void> {
  try {
    await whoAmI(botApi(botToken, apiRoot), checkTimeout);
  } catch (error) {
    const failure = classify('getMe', error, true);
    if (isUnauthorized(error)) throw failure;
    log.warn(
      { err: failure },
      'Telegram could not be reached at the start; messages are tried again until it can',
    );
  }
}

/** The bot that the token belongs to. */
export async function whoAmI(api: BotApi, timeout?: number): Promise<Bot> {
  return botSchema.parse(await api('getMe', {}, timeout === undefined ? {} : { timeout }));
}
