import type { Opts, Telegram } from 'telegraf/types';
import { z } from 'zod';

const text = z.string();
const chat_id = z.int();
const message_id = z.int();
const parse_mode = z.literal('HTML');

const button = z.strictObject({ text, callback_data: text.optional(), url: text.optional() });
const inlineKeyboard = z.strictObject({ inline_keyboard: z.array(z.array(button)) });
const forceReply = z.strictObject({
  force_reply: z.literal(true),
  selective: z.boolean().optional(),
  input_field_placeholder: z.string().max(64).optional(),
});
const reply_parameters = z.strictObject({
  message_id,
  allow_sending_without_reply: z.boolean().optional(),
});

const sent = {
  chat_id,
  message_thread_id: z.int().optional(),
  parse_mode: parse_mode.optional(),
  disable_notification: z.boolean().optional(),
  reply_parameters: reply_parameters.optional(),
  reply_markup: z.union([inlineKeyboard, forceReply]).optional(),
};
const edited = { chat_id, message_id, reply_markup: inlineKeyboard.optional() };
const link_preview_options = z.strictObject({ is_disabled: z.boolean() }).optional();
/** The name of an uploaded file. */
const file = z.string().startsWith('attach://');

type Names<T> = string extends keyof T ? never : keyof T;
type Foreign<T, M> = M extends keyof Telegram ? Exclude<Names<T>, keyof Opts<M>> : M;

/** Does not compile when a method or a parameter is none of Telegram's own types. */
function asTelegramHasThem<T extends Record<string, z.ZodType>>(
  methods: T & { [M in keyof T]: [Foreign<z.infer<T[M]>, M>] extends [never] ? T[M] : never },
): T {
  return methods;
}

/** The methods that the double knows, with the parameters that it takes: another one is refused. */
export const parameters = asTelegramHasThem({
  getMe: z.strictObject({}),
  getUpdates: z.strictObject({
    offset: z.int().optional(),
    limit: z.int().min(1).max(100).optional(),
    timeout: z.int().min(0).max(50).optional(),
    allowed_updates: z.array(text).optional(),
  }),
  setWebhook: z.strictObject({
    url: text,
    secret_token: z
      .string()
      .regex(/^[\w-]{1,256}$/)
      .optional(),
    allowed_updates: z.array(text).optional(),
    drop_pending_updates: z.boolean().optional(),
  }),
  deleteWebhook: z.strictObject({ drop_pending_updates: z.boolean().optional() }),
  setMyCommands: z.strictObject({
    commands: z.array(
      z.strictObject({
        command: z.string().regex(/^[a-z0-9_]{1,32}$/),
        description: z.string().min(1).max(256),
      }),
    ),
  }),
  getChat: z.strictObject({ chat_id }),
  sendChatAction: z.strictObject({
    chat_id,
    message_thread_id: z.int().optional(),
    action: z.enum(['typing', 'upload_photo', 'upload_document']),
  }),
  sendMessage: z.strictObject({ ...sent, text, link_preview_options }),
  sendPhoto: z.strictObject({ ...sent, photo: file, caption: text.optional() }),
  sendDocument: z.strictObject({ ...sent, document: file, caption: text.optional() }),
  editMessageText: z.strictObject({
    ...edited,
    text,
    parse_mode: parse_mode.optional(),
    link_preview_options,
  }),
  editMessageCaption: z.strictObject({
    ...edited,
    caption: text.optional(),
    parse_mode: parse_mode.optional(),
  }),
  editMessageMedia: z.strictObject({
    ...edited,
    media: z.strictObject({
      type: z.literal('photo'),
      media: file,
      caption: text.optional(),
      parse_mode: parse_mode.optional(),
    }),
  }),
  editMessageReplyMarkup: z.strictObject(edited),
  deleteMessage: z.strictObject({ chat_id, message_id }),
  answerCallbackQuery: z.strictObject({
    callback_query_id: text,
    text: text.optional(),
    show_alert: z.boolean().optional(),
  }),
});
export type MethodName = keyof typeof parameters;
export type Parameters<M extends MethodName> = z.infer<(typeof parameters)[M]>;

/** In a form everything is text; what is none is JSON there. */
const texts: ReadonlySet<string> = new Set([
  'text',
  'caption',
  'parse_mode',
  'photo',
  'document',
  'url',
  'secret_token',
]);

export function fromForm(fields: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, texts.has(name) ? value : asJson(value)]),
  );
}

function asJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
