import { shown } from './methods.ts';
import type { Chat, Query, StoredMessage, User, World } from './world.ts';

export interface Where {
  chat?: number;
  topic?: number;
}

/** What people do in Telegram. Each becomes an update, which waits until the bot asks for it or is called. */
export interface People {
  /** Writes into a chat; a bot hears commands and replies to its own messages. */
  type(
    user: number,
    text: string,
    where?: Where & { replyTo?: StoredMessage; as?: number; ago?: number; forwarded?: boolean },
  ): StoredMessage;
  /** Presses a button; answers the press, so that a test can see what became of it. */
  press(user: number, message: StoredMessage, label: string): Query;
  /** Presses what no button shows, as a changed client can. */
  pressData(user: number, message: StoredMessage, data: string): Query;
  /** A post in a channel. */
  announce(chat: number, text: string): StoredMessage;
  /** The group becomes a supergroup, of another id; answers the new chat. */
  upgrade(chat: number, to: number): Chat;
}

export function peopleOf(world: World): People {
  const pressData = (user: number, message: StoredMessage, data: string): Query => {
    const id = `${world.nextId()}`;
    const query: Query = { user, at: Date.now() };
    world.queries.set(id, query);
    world.push({
      callback_query: {
        id,
        from: userOf(world, user),
        message: shown(world, message),
        chat_instance: '1',
        data,
      },
    });
    return query;
  };

  return {
    type(user, text, { replyTo, as, ago = 0, forwarded = false, ...where } = {}) {
      const sender = as === undefined ? {} : { sender_chat: { id: as, type: 'supergroup' } };
      const from = as === undefined ? userOf(world, user) : anonymous;
      const message = write(world, from, text, where, replyTo);
      const date = Math.floor((Date.now() - ago) / 1_000);
      const origin = forwarded ? { forward_origin: { type: 'user' }, forward_date: date } : {};
      world.push({ message: { ...shown(world, message), ...sender, ...origin, date } });
      return message;
    },
    press(user, message, label) {
      const button = message.keyboard.flat().find(({ text }) => text === label);
      if (button?.callback_data === undefined) throw new Error(`no button ${label} on ${message.text}`);
      return pressData(user, message, button.callback_data);
    },
    pressData,
    announce(chat, text) {
      const message = write(world, undefined, text, { chat });
      world.push({ channel_post: { ...shown(world, message), sender_chat: { id: chat, type: 'channel' } } });
      return message;
    },
    upgrade(id, to) {
      const old = world.chats.get(id);
      if (!old) throw new Error(`no chat ${id}`);
      const chat = world.addChat({ id: to, type: 'supergroup' });
      old.migratedTo = to;
      return chat;
    },
  };
}

/** The account that stands for an admin who hides. */
const anonymous: User = {
  id: 1_087_968_824,
  is_bot: true,
  first_name: 'Group',
  username: 'GroupAnonymousBot',
};

function userOf(world: World, id: number): User {
  const user = world.users.get(id);
  if (!user) throw new Error(`no user ${id}`);
  return user;
}

function write(
  world: World,
  from: User | undefined,
  text: string,
  { chat = -100_1, topic }: Where,
  replyTo?: StoredMessage,
): StoredMessage {
  const room = world.chats.get(chat);
  if (!room) throw new Error(`no chat ${chat}`);
  const message: StoredMessage = {
    chat,
    id: world.nextMessageId(room),
    text,
    entities: [],
    keyboard: [],
    asksReply: false,
    silent: false,
    deleted: false,
    edits: 0,
    ...(from === undefined ? {} : { from }),
    ...(topic === undefined ? {} : { topic }),
    ...(replyTo === undefined ? {} : { replyTo: replyTo.id }),
  };
  world.messages.push(message);
  return message;
}
