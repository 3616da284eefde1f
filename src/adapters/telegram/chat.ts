import { z } from 'zod';
import type { Card } from '../../core/card/card.ts';
import { ChatError, type ChatPort, type MessageRef } from '../../ports/chat.ts';
import { type BotApi, type CallOptions, callTimeout } from './api.ts';
import type { Confirmations } from './confirmations.ts';
import { classify, isUnchanged, migratedTo } from './errors.ts';
import type { AccountsOf } from './html.ts';
import { calls, htmlOf, outputLeftOut } from './message.ts';
import { type Posted, readRef, refOf } from './message-ref.ts';
import type { BringOutput } from './outputs.ts';
import type { Pictures } from './pictures.ts';
import { markupOf, type Presses } from './presses.ts';
import type { Place, Rooms } from './rooms.ts';

export interface ChatDeps {
  api: BotApi;
  rooms: Rooms;
  presses: Presses;
  confirmations: Confirmations;
  pictures: Pictures;
  bringOutput: BringOutput;
  accountsOf: AccountsOf;
}

const postedSchema = z.object({ message_id: z.int() });

const noPreview = { is_disabled: true };

/**
 * Telegram as a chat platform. A bot can't read a chat back and Telegram takes no idempotency key, so a post whose
 * answer was lost stays `doubtful`, and `find` can't tell. A message is a text or a picture for good: one that was
 * posted with a chart keeps its picture, and a text that gets a chart later tells it in words.
 */
export function telegramChat(deps: ChatDeps): ChatPort {
  return {
    platform: 'telegram',
    post: (channel, thread, card) => guarded('sendMessage', false, () => post(deps, channel, thread, card)),
    update: (ref, card) => guarded('editMessageText', true, () => update(deps, ref, card)),
    find: async () => 'unknown',
    // A private chat has the number of the person. Telegram refuses it until they wrote to the bot.
    directRoom: (account) => account,
    probe: (channel) => guarded('sendChatAction', true, () => probe(deps, channel)),
  };
}

/**
 * A bot server knows a chat by heart and answers for it while messages don't get through, so it is asked for what goes
 * the way of a message too: people see "typing" for a moment. The chat first, as such an action counts against the
 * chat's limits where its answer alone is lost.
 */
async function probe({ api, rooms }: ChatDeps, channel: string): Promise<void> {
  const { chat, topic } = await rooms.locate(channel);
  await api('getChat', { chat_id: chat });
  const thread = topic === undefined ? {} : { message_thread_id: topic };
  await api('sendChatAction', { chat_id: chat, action: 'typing', ...thread });
}

/** Whatever fails is a `ChatError`; `unavailable` when it was the bot's own memory. */
async function guarded<T>(method: string, repeatable: boolean, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw classify(method, error, repeatable);
  }
}

/** A failure before anything was sent. */
async function beforehand<T>(prepare: Promise<T>): Promise<T> {
  try {
    return await prepare;
  } catch (error) {
    if (error instanceof ChatError) throw error;
    throw notKept(error);
  }
}

function notKept(cause: unknown): ChatError {
  return new ChatError('unavailable', 'The buttons of a message could not be kept.', { cause });
}

async function post(
  deps: ChatDeps,
  channel: string,
  thread: MessageRef | undefined,
  card: Card,
): Promise<MessageRef> {
  const place = await deps.rooms.locate(channel);
  const keyboard = await beforehand(deps.presses.draw(card.actions, card.drawnAt));
  const picture = await deps.pictures.draw(card.chart);
  const message = {
    card,
    picture,
    markup: keyboard.length === 0 ? {} : { reply_markup: markupOf(keyboard) },
  };
  const signal = AbortSignal.timeout(callTimeout);
  try {
    return await send(deps, place, thread, message, signal);
  } catch (error) {
    const chat = migratedTo(error);
    if (chat === undefined) throw error;
    await deps.rooms.moved(place.chat, chat).catch(() => undefined);
    return await send(deps, { ...place, chat }, thread, message, signal);
  }
}

interface Drawn {
  card: Card;
  picture: Uint8Array | undefined;
  markup: { reply_markup?: ReturnType<typeof markupOf> };
}

async function send(
  deps: ChatDeps,
  place: Place,
  thread: MessageRef | undefined,
  { card, picture, markup }: Drawn,
  signal: AbortSignal,
): Promise<MessageRef> {
  const { accountsOf } = deps;
  const under = replyTo(place, thread);
  const common = {
    chat_id: place.chat,
    ...(place.topic === undefined ? {} : { message_thread_id: place.topic }),
    parse_mode: 'HTML' as const,
    disable_notification: !calls(card),
    ...markup,
  };
  const answer =
    picture === undefined
      ? await deps.api(
          'sendMessage',
          {
            ...common,
            text: htmlOf(card, { accountsOf }),
            link_preview_options: noPreview,
            ...(under === undefined ? {} : { reply_parameters: under }),
          },
          { signal },
        )
      : await deps.api(
          'sendPhoto',
          {
            ...common,
            caption: htmlOf(card, { accountsOf, caption: true }),
            photo: { source: Buffer.from(picture), filename: 'chart.png' },
            // In a form telegraf drops what is an object, and Telegram reads it as JSON.
            ...(under === undefined ? {} : { reply_parameters: JSON.stringify(under) as never }),
          },
          { signal },
        );
  const posted = postedSchema.safeParse(answer);
  if (!posted.success) {
    throw new ChatError('doubtful', 'Telegram took a message without saying where it is.', {
      cause: posted.error,
    });
  }
  const id = posted.data.message_id;
  if (picture !== undefined) await deps.pictures.note({ chat: place.chat, message: id }, card.chart);
  return refOf(place, id, picture !== undefined);
}

/** A reply under a root that was deleted, or stayed behind in another chat, stands by itself. */
function replyTo(place: Place, thread: MessageRef | undefined) {
  const root = thread && readRef(thread);
  if (root === undefined || root.at.chat !== place.chat) return undefined;
  return { message_id: root.at.message, allow_sending_without_reply: true };
}

async function update(deps: ChatDeps, ref: MessageRef, card: Card): Promise<void> {
  const read = readRef(ref);
  if (read === undefined) throw new ChatError('gone', `${ref.channel} ${ref.id} is no message of Telegram.`);
  const { at, isPicture } = read;
  if ((await deps.rooms.locate(`${at.chat}`)).chat !== at.chat) throw leftBehind();
  const keyboard = await beforehand(deps.presses.draw(card.actions, card.drawnAt));
  const shown = await beforehand(deps.confirmations.shown(at, card.actions, keyboard));
  try {
    await edit(deps, at, card, isPicture, markupOf(shown));
  } catch (error) {
    if (isUnchanged(error)) return;
    const chat = migratedTo(error);
    if (chat === undefined) throw error;
    await deps.rooms.moved(at.chat, chat).catch(() => undefined);
    throw leftBehind(error);
  }
}

/** Message numbers of the old group mean other messages in the new one. */
function leftBehind(cause?: unknown): ChatError {
  return new ChatError('gone', 'The group became a supergroup, and its messages stayed behind.', { cause });
}

async function edit(
  deps: ChatDeps,
  at: Posted,
  card: Card,
  isPicture: boolean,
  reply_markup: ReturnType<typeof markupOf>,
): Promise<void> {
  const { api, accountsOf } = deps;
  const message = { chat_id: at.chat, message_id: at.message, reply_markup };
  const ending: CallOptions = { signal: AbortSignal.timeout(callTimeout) };
  const drawing = { accountsOf, caption: isPicture };
  const left = outputLeftOut(card, drawing);
  const output = left !== undefined && (await deps.bringOutput(at, left));
  const html = htmlOf(card, { ...drawing, output });
  if (!isPicture) {
    const text = { text: html, parse_mode: 'HTML', link_preview_options: noPreview } as const;
    await api('editMessageText', { ...message, ...text }, ending);
    return;
  }
  const caption = { caption: html, parse_mode: 'HTML' as const };
  const picture = (await deps.pictures.shows(at, card.chart))
    ? undefined
    : await deps.pictures.draw(card.chart);
  if (picture === undefined) {
    await api('editMessageCaption', { ...message, ...caption }, ending);
    return;
  }
  const media = { source: Buffer.from(picture), filename: 'chart.png' };
  await api('editMessageMedia', { ...message, media: { type: 'photo', media, ...caption } }, ending);
  await deps.pictures.note(at, card.chart);
}
