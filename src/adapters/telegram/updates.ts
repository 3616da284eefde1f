import { z } from 'zod';
import type { At } from './confirmations.ts';
import { type Keyboard, keyboardSchema } from './presses.ts';
import type { Place } from './rooms.ts';

/** Somebody who did something, and where; `message` is the one that is answered. */
export interface Asker {
  id: number;
  name: string;
  place: Place;
  message: number;
  /** A chat between this person and the bot alone. */
  isPrivate: boolean;
}

/** What a person said, or pressed. */
export type Heard =
  | { kind: 'command'; from: Asker; text: string; at: number }
  | { kind: 'press'; from: Asker; query: string; data: string; keyboard: Keyboard }
  /** A reply to one of the bot's messages. */
  | { kind: 'answer'; from: Asker; to: At; text: string }
  /** A command by nobody in particular. */
  | { kind: 'nobody'; from: Omit<Asker, 'id' | 'name'>; why: string }
  | { kind: 'moved'; from: number; to: number };

/** The kinds of updates that are asked for. */
export const allowedUpdates = ['message', 'channel_post', 'callback_query'] as const;

const id = z.int();
const chatSchema = z.object({ id, type: z.string() });
const userSchema = z.object({
  id,
  is_bot: z.boolean(),
  first_name: z.string(),
  last_name: z.string().optional(),
});

const messageSchema = z.object({
  message_id: id,
  message_thread_id: id.optional(),
  is_topic_message: z.boolean().optional(),
  date: z.int(),
  chat: chatSchema,
  from: userSchema.optional(),
  sender_chat: chatSchema.optional(),
  text: z.string().optional(),
  forward_origin: z.unknown().optional(),
  forward_date: z.unknown().optional(),
  reply_to_message: z.object({ message_id: id, from: userSchema.optional() }).optional(),
  migrate_to_chat_id: id.optional(),
  migrate_from_chat_id: id.optional(),
});
type Message = z.infer<typeof messageSchema>;

const querySchema = z.object({
  id: z.string(),
  from: userSchema,
  data: z.string().optional(),
  message: messageSchema
    .pick({ message_id: true, message_thread_id: true, is_topic_message: true, chat: true })
    .extend({ reply_markup: z.object({ inline_keyboard: z.unknown() }).optional() })
    .optional(),
});

const updateSchema = z.object({
  message: messageSchema.optional(),
  channel_post: messageSchema.optional(),
  callback_query: querySchema.optional(),
});

/** The number of an update; undefined when it is none. */
export function numberOf(update: unknown): number | undefined {
  return z.object({ update_id: z.int() }).safeParse(update).data?.update_id;
}

/** What an update says to this bot; undefined when it says nothing to it. Rule: Telegram's Bot API, "Update". */
export function readUpdate(update: unknown, bot: { id: number; username: string }): Heard | undefined {
  const read = updateSchema.safeParse(update).data;
  if (read?.callback_query) return readPress(read.callback_query);
  const message = read?.message ?? read?.channel_post;
  return message && readMessage(message, bot);
}

function readMessage(message: Message, bot: { id: number; username: string }): Heard | undefined {
  const { chat, migrate_to_chat_id: to, migrate_from_chat_id: was } = message;
  if (to !== undefined) return { kind: 'moved', from: chat.id, to };
  if (was !== undefined) return { kind: 'moved', from: was, to: chat.id };
  const text = commandIn(message, bot.username);
  const answers = message.reply_to_message;
  if (text === undefined && answers?.from?.id !== bot.id) return undefined;
  const where = { place: placeOf(message), message: message.message_id, isPrivate: chat.type === 'private' };
  const person = message.from;
  const why = notAPerson(message);
  if (why !== undefined || person === undefined) {
    return text === undefined ? undefined : { kind: 'nobody', from: where, why: why ?? '' };
  }
  const from = { ...where, id: person.id, name: nameOf(person) };
  if (text !== undefined) return { kind: 'command', from, text, at: message.date * 1_000 };
  if (answers === undefined) return undefined;
  const to_ = { chat: chat.id, message: answers.message_id };
  return { kind: 'answer', from, to: to_, text: message.text ?? '' };
}

/** All after `/rollout`; in a chat with the bot alone `/start` and `/help` say what there is. */
function commandIn({ text = '', chat }: Message, username: string): string | undefined {
  const [whole, word, name] = /^\/(\w+)(?:@(\w+))?(?=\s|$)/.exec(text) ?? [];
  if (whole === undefined || word === undefined) return undefined;
  const isOurs = name?.toLowerCase() === username.toLowerCase();
  if (name !== undefined && !isOurs) return undefined;
  if (word.toLowerCase() === 'rollout') return text.slice(whole.length).trim();
  const asksForHelp = ['start', 'help'].includes(word.toLowerCase());
  return asksForHelp && (isOurs || chat.type === 'private') ? 'help' : undefined;
}

/** Why a message is by nobody that can be answerable for a command. */
function notAPerson({ from, sender_chat, chat, forward_origin, forward_date }: Message): string | undefined {
  if (forward_origin !== undefined || forward_date !== undefined) {
    return 'A forwarded message is not by the person who sends it.';
  }
  if (sender_chat !== undefined && sender_chat.id === chat.id) {
    return chat.type === 'channel'
      ? 'A post of a channel does not say who wrote it.'
      : 'You write as an anonymous admin, so I can’t tell who you are.';
  }
  if (sender_chat !== undefined) return 'You write as a channel, so I can’t tell who you are.';
  return from === undefined || from.is_bot ? 'It does not say which person wrote it.' : undefined;
}

function readPress({ id: query, from, data, message }: z.infer<typeof querySchema>): Heard | undefined {
  if (message === undefined || data === undefined || from.is_bot) return undefined;
  const keyboard = keyboardSchema.safeParse(message.reply_markup?.inline_keyboard).data ?? [];
  return {
    kind: 'press',
    from: {
      id: from.id,
      name: nameOf(from),
      place: placeOf(message),
      message: message.message_id,
      isPrivate: message.chat.type === 'private',
    },
    query,
    data,
    keyboard,
  };
}

/** A thread of replies has a number too; only a topic's counts. */
function placeOf(message: Pick<Message, 'chat' | 'message_thread_id' | 'is_topic_message'>): Place {
  const { chat, message_thread_id: topic, is_topic_message: isTopic } = message;
  return { chat: chat.id, ...(isTopic && topic !== undefined ? { topic } : {}) };
}

function nameOf({ first_name, last_name }: z.infer<typeof userSchema>): string {
  return [first_name, last_name].filter((name) => name).join(' ');
}
