import { setTimeout as pause } from 'node:timers/promises';
import type { Opts } from 'telegraf/types';
import type { Card } from '../../core/card/card.ts';
import type { BotApi } from './api.ts';
import { classify, isTooOld } from './errors.ts';
import type { AccountsOf } from './html.ts';
import { limits } from './limits.ts';
import type { Log } from './log.ts';
import { htmlOf } from './message.ts';
import { markupOf, type Presses } from './presses.ts';
import type { Rooms } from './rooms.ts';
import type { Asker } from './updates.ts';

/** Answers people. A failure is logged, never thrown: the work is done and journaled. */
export interface Answers {
  /** Answers a press, unseen by the others; `alert` stays until the person closes it. */
  notice(query: string, text: string, alert: boolean): Promise<void>;
  /** Answers what a person wrote, or pressed, below it and in the same topic. `named`: the person is called. */
  say(to: Omit<Asker, 'id' | 'name'> & Partial<Asker>, card: Card, named?: boolean): Promise<void>;
}

/** An answer waits no longer than this for Telegram's limits (milliseconds). */
const patience = 30_000;
const tries = 3;

export function createAnswers(deps: {
  api: BotApi;
  presses: Presses;
  rooms: Rooms;
  accountsOf: AccountsOf;
  log: Log;
}): Answers {
  const { api, log } = deps;
  return {
    async notice(query, text, alert) {
      try {
        await api('answerCallbackQuery', {
          callback_query_id: query,
          text: text.slice(0, limits.notice).toWellFormed(),
          show_alert: alert,
        });
      } catch (error) {
        if (!isTooOld(error)) log.warn({ err: classify('answerCallbackQuery', error, true) }, notAnswered);
      }
    },
    async say(to, card, named = false) {
      const message = await drawn(deps, to, card, named);
      for (let made = 1; ; made += 1) {
        const wait = await attempt(api, message, log, made < tries);
        if (wait === undefined) return;
        await pause(wait);
      }
    },
  };
}

const notAnswered = 'An answer did not reach Telegram';

type Message = Opts<'sendMessage'>;

async function drawn(
  { presses, rooms, accountsOf, log }: Parameters<typeof createAnswers>[0],
  to: Parameters<Answers['say']>[0],
  card: Card,
  named: boolean,
): Promise<Message> {
  const keyboard = await presses.draw(card.actions, card.drawnAt).catch((error: unknown) => {
    log.warn({ err: error }, 'The buttons of an answer could not be kept; it goes without them');
    return [];
  });
  const { id, name } = to;
  const called = named && id !== undefined && name !== undefined ? { to: { id, name } } : {};
  const { chat } = await rooms.locate(`${to.place.chat}`);
  return {
    chat_id: chat,
    ...(to.place.topic === undefined ? {} : { message_thread_id: to.place.topic }),
    text: htmlOf(card, { accountsOf, ...called }),
    parse_mode: 'HTML',
    disable_notification: true,
    link_preview_options: { is_disabled: true },
    ...(keyboard.length === 0 ? {} : { reply_markup: markupOf(keyboard) }),
    ...(chat === to.place.chat
      ? { reply_parameters: { message_id: to.message, allow_sending_without_reply: true } }
      : {}),
  };
}

/** Sends once; answers how long to wait before the next try, undefined when there is none. */
async function attempt(
  api: BotApi,
  message: Message,
  log: Log,
  mayRepeat: boolean,
): Promise<number | undefined> {
  try {
    await api('sendMessage', message);
    return undefined;
  } catch (error) {
    const failure = classify('sendMessage', error, false);
    const wait = failure.retryAfter ?? 1_000;
    const again = mayRepeat && wait <= patience && ['rate-limited', 'unavailable'].includes(failure.reason);
    log.warn({ err: failure, again }, notAnswered);
    return again ? wait : undefined;
  }
}
