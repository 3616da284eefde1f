import { isDeepStrictEqual } from 'node:util';
import { captionText, keyboardOf, messageText } from './content.ts';
import type { MethodName, Parameters } from './parameters.ts';
import { badRequest, Refusal } from './refusal.ts';
import type { Chat, StoredMessage, World } from './world.ts';

/** A file that came with a request. */
export interface Upload {
  name: string;
  bytes: Uint8Array;
}

/** Uploaded files by the name that a request gives them. */
export type Files = ReadonlyMap<string, Upload>;

type Methods = {
  [M in MethodName]: (world: World, args: Parameters<M>, files: Files) => unknown;
};

/** What the methods do that are no question for updates. */
export const methods: Omit<Methods, 'getUpdates'> = {
  getMe: (world) => ({ ...world.bot, can_join_groups: true, can_read_all_group_messages: false }),
  setWebhook(world, { url, secret_token }) {
    if (!/^https?:\/\//.test(url)) throw badRequest('bad webhook: An HTTPS URL must be provided for webhook');
    world.webhook = { url, ...(secret_token === undefined ? {} : { secret: secret_token }) };
    return true;
  },
  deleteWebhook(world) {
    world.webhook = undefined;
    return true;
  },
  setMyCommands(world, { commands }) {
    world.commands.splice(0, world.commands.length, ...commands);
    return true;
  },
  getChat: (world, { chat_id }) => ({ id: chatOf(world, chat_id, 'read').id }),
  sendChatAction(world, { chat_id, message_thread_id }) {
    const fault = topicFault(chatOf(world, chat_id, 'write'), message_thread_id);
    if (fault) throw fault;
    return true;
  },
  sendMessage(world, args) {
    const content = messageText(args.text, args.parse_mode);
    return shown(world, post(world, args, content));
  },
  sendPhoto(world, args, files) {
    const content = captionText(args.caption, args.parse_mode);
    return shown(world, post(world, args, { ...content, picture: pictureOf(args.photo, files) }));
  },
  sendDocument(world, args, files) {
    const content = captionText(args.caption, args.parse_mode);
    return shown(world, post(world, args, { ...content, document: documentOf(args.document, files) }));
  },
  editMessageText(world, args) {
    const content = messageText(args.text, args.parse_mode);
    const message = editable(world, args);
    if (message.picture || message.document) throw badRequest('there is no text in the message to edit');
    return edit(world, message, { ...content, keyboard: keyboardOf(args.reply_markup) });
  },
  editMessageCaption(world, args) {
    const content = captionText(args.caption, args.parse_mode);
    const message = editable(world, args);
    if (!message.picture && !message.document) throw badRequest('there is no caption in the message to edit');
    return edit(world, message, { ...content, keyboard: keyboardOf(args.reply_markup) });
  },
  editMessageMedia(world, args, files) {
    const content = captionText(args.media.caption, args.media.parse_mode);
    const message = editable(world, args);
    if (!message.picture) throw badRequest("message media can't be edited");
    const picture = pictureOf(args.media.media, files);
    return edit(world, message, { ...content, picture, keyboard: keyboardOf(args.reply_markup) });
  },
  editMessageReplyMarkup(world, args) {
    return edit(world, editable(world, args), { keyboard: keyboardOf(args.reply_markup) });
  },
  deleteMessage(world, { chat_id, message_id }) {
    chatOf(world, chat_id, 'edit');
    const message = world.find(chat_id, message_id);
    if (!message) throw badRequest('message to delete not found');
    if (message.from?.id !== world.bot.id) throw badRequest("message can't be deleted");
    message.deleted = true;
    return true;
  },
  answerCallbackQuery(world, { callback_query_id, text = '', show_alert = false }) {
    if ([...text].length > 200) throw badRequest('MESSAGE_TOO_LONG');
    const query = world.queries.get(callback_query_id);
    if (!query || query.answer || Date.now() - query.at > world.queryTime) {
      throw badRequest('query is too old and response timeout expired or query ID is invalid');
    }
    query.answer = { text, alert: show_alert };
    return true;
  },
};

/** The chat, when the bot may do that there. Rule: Telegram's server, `check_chat_access`. */
function chatOf(world: World, id: number, access: 'read' | 'edit' | 'write'): Chat {
  const chat = world.chats.get(id);
  if (!chat) throw badRequest('chat not found');
  if (chat.migratedTo !== undefined && access === 'write') {
    throw new Refusal(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
      migrate_to_chat_id: chat.migratedTo,
    });
  }
  if (chat.bot === 'kicked') throw new Refusal(403, `Forbidden: bot was kicked from the ${chat.type} chat`);
  if (chat.bot === 'left') throw new Refusal(403, `Forbidden: bot is not a member of the ${chat.type} chat`);
  if (!chat.mayWrite && access === 'write') {
    throw badRequest('not enough rights to send text messages to the chat');
  }
  return chat;
}

function topicFault(chat: Chat, topic: number | undefined): Refusal | undefined {
  if (topic === undefined) return undefined;
  const known = chat.isForum ? chat.topics.get(topic) : undefined;
  if (!known) return badRequest('message thread not found');
  return known.closed ? badRequest('TOPIC_CLOSED') : undefined;
}

type Sent = Omit<Parameters<'sendMessage'>, 'text'>;

function post(
  world: World,
  args: Sent,
  content: Pick<StoredMessage, 'text' | 'entities' | 'picture' | 'document'>,
): StoredMessage {
  const chat = chatOf(world, args.chat_id, 'write');
  const topic = args.message_thread_id;
  const fault = topicFault(chat, topic) ?? paceFault(world, chat);
  if (fault) throw fault;
  const replyTo = repliedTo(world, chat, args.reply_parameters);
  const message: StoredMessage = {
    chat: chat.id,
    id: world.nextMessageId(chat),
    from: world.bot,
    ...content,
    keyboard: keyboardOf(args.reply_markup),
    asksReply: args.reply_markup !== undefined && 'force_reply' in args.reply_markup,
    silent: args.disable_notification === true,
    deleted: false,
    edits: 0,
    ...(topic === undefined ? {} : { topic }),
    ...(replyTo === undefined ? {} : { replyTo }),
  };
  world.messages.push(message);
  return message;
}

function repliedTo(world: World, chat: Chat, reply: Sent['reply_parameters']): number | undefined {
  if (reply === undefined) return undefined;
  const found = world.find(chat.id, reply.message_id);
  if (!found && reply.allow_sending_without_reply !== true)
    throw badRequest('message to be replied not found');
  return found?.id;
}

/** Whether a method leaves a message behind. */
export function isPost(method: string): boolean {
  return method.startsWith('send') && method !== 'sendChatAction';
}

/** Rule: Telegram's FAQ for bots; the real limits are not published. */
function paceFault(world: World, chat: Chat): Refusal | undefined {
  if (!world.pace) return undefined;
  const sent = world.calls.filter(
    ({ method, args, answer }) => isPost(method) && answer === 'ok' && args.chat_id === chat.id,
  );
  const within = (milliseconds: number) => sent.filter(({ at }) => Date.now() - at < milliseconds);
  const full = (calls: readonly { at: number }[], most: number, time: number) =>
    calls.length >= most ? Math.ceil(((calls[0]?.at ?? 0) + time - Date.now()) / 1_000) : 0;
  const wait = Math.max(
    full(within(1_000), world.pace.second, 1_000),
    chat.type === 'private' ? 0 : full(within(60_000), world.pace.minute, 60_000),
  );
  return wait > 0
    ? new Refusal(429, `Too Many Requests: retry after ${wait}`, { retry_after: wait })
    : undefined;
}

function editable(
  world: World,
  { chat_id, message_id }: { chat_id: number; message_id: number },
): StoredMessage {
  const chat = chatOf(world, chat_id, 'edit');
  const message = world.find(chat_id, message_id);
  if (!message) throw badRequest('message to edit not found');
  const isOwn = message.from?.id === world.bot.id;
  if (!isOwn || message.asksReply || chat.migratedTo !== undefined)
    throw badRequest("message can't be edited");
  return message;
}

function edit(world: World, message: StoredMessage, change: Partial<StoredMessage>): unknown {
  const keys = Object.keys(change) as (keyof StoredMessage)[];
  // A picture that is uploaded again is another one, also when it shows the same.
  if (!change.picture && keys.every((key) => isDeepStrictEqual(message[key], change[key]))) {
    throw badRequest(
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    );
  }
  Object.assign(message, change, { edits: message.edits + 1 });
  return shown(world, message);
}

const png = Buffer.from([0x89, 0x50, 0x4e, 0x47]);

/** Rule: Telegram's Bot API, "Sending files": multipart/form-data, 50 MB for what is no photo. */
const largestDocument = 50 * 1024 * 1024;

function documentOf(attached: string, files: Files): Upload {
  const file = files.get(attached.replace('attach://', ''));
  if (!file) throw badRequest('there is no document in the request');
  if (file.bytes.length === 0) throw badRequest('file must be non-empty');
  if (file.bytes.length > largestDocument) throw new Refusal(413, 'Request Entity Too Large');
  return file;
}

function pictureOf(name: string, files: Files): Uint8Array {
  const file = files.get(name.replace('attach://', ''))?.bytes;
  if (!file || file.length === 0) throw badRequest('there is no photo in the request');
  if (!Buffer.from(file.subarray(0, 4)).equals(png)) throw badRequest('IMAGE_PROCESS_FAILED');
  return file;
}

/** A message as Telegram tells it. */
export function shown(world: World, message: StoredMessage): Record<string, unknown> {
  const { chat, id, from, topic, replyTo, text, entities, picture, document, keyboard } = message;
  const kind = world.chats.get(chat);
  const isFile = picture !== undefined || document !== undefined;
  const replied =
    replyTo === undefined
      ? undefined
      : world.messages.find((each) => each.chat === chat && each.id === replyTo);
  return {
    message_id: id,
    date: Math.floor(Date.now() / 1_000),
    chat: { id: chat, type: kind?.type, ...(kind?.isForum ? { is_forum: true } : {}) },
    ...(from === undefined ? {} : { from }),
    ...(topic === undefined ? {} : { message_thread_id: topic, is_topic_message: true }),
    ...(picture ? { photo: [{ file_id: `photo${id}` }] } : {}),
    ...(document ? { document: { file_id: `document${id}`, file_name: document.name } } : {}),
    [isFile ? 'caption' : 'text']: text,
    ...(entities.length === 0 ? {} : { [isFile ? 'caption_entities' : 'entities']: entities }),
    ...(keyboard.length === 0 ? {} : { reply_markup: { inline_keyboard: keyboard } }),
    ...(replied ? { reply_to_message: shown(world, { ...replied, keyboard: [] }) } : {}),
  };
}
