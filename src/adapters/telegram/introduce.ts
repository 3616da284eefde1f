import type { BotApi } from './api.ts';
import { whoAmI } from './check.ts';
import { classify } from './errors.ts';
import type { Bot } from './gateway.ts';
import type { Log } from './log.ts';
import { pause } from './pause.ts';

const commands = [
  { command: 'rollout', description: 'start, watch and roll back rollouts; /rollout help says how' },
  { command: 'help', description: 'what can be typed' },
];

/**
 * Asks Telegram who the bot is, and sets its menu, again and again until Telegram answers. Who polls takes a webhook
 * away: Telegram gives updates by one way only. Undefined when it was stopped before.
 */
export async function introduce(
  api: BotApi,
  { polls, log }: { polls: boolean; log: Log },
  stopping: AbortSignal,
): Promise<Bot | undefined> {
  for (let failures = 0; !stopping.aborted; failures += 1) {
    try {
      const bot = await whoAmI(api);
      if (polls) await api('deleteWebhook', { drop_pending_updates: false });
      // The menu is a help, not a need.
      await api('setMyCommands', { commands }).catch((error: unknown) =>
        log.warn({ err: classify('setMyCommands', error, true) }, 'The menu of commands was not set'),
      );
      log.info({ bot: bot.username, by: polls ? 'long polling' : 'webhook' }, 'Telegram is connected');
      return bot;
    } catch (error) {
      const failure = classify('getMe', error, true);
      if (failures % 10 === 0) log.warn({ err: failure }, 'Telegram could not be reached; trying again');
      await pause(failure.retryAfter ?? Math.min(30_000, 500 * 2 ** Math.min(failures, 10)), stopping);
    }
  }
  return undefined;
}
