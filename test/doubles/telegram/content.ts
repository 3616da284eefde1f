import { asShown, type Entity, MarkupFault, parseHtml } from './html.ts';
import { badRequest } from './refusal.ts';
import type { Button } from './world.ts';

interface Content {
  text: string;
  entities: Entity[];
}

/** A message's text as it will stand, or a refusal. Rule: Telegram's server, `get_input_message_text`. */
export function messageText(text: string, mode: 'HTML' | undefined): Content {
  if (text === '') throw badRequest('message text is empty');
  const content = formatted(text, mode);
  if (content.text === '') throw badRequest('text must be non-empty');
  if ([...content.text].length > 4_096) throw badRequest('message is too long');
  return content;
}

/** The same for a picture's caption, which may be empty. */
export function captionText(text: string | undefined, mode: 'HTML' | undefined): Content {
  const content = formatted(text ?? '', mode);
  if ([...content.text].length > 1_024) throw badRequest('message caption is too long');
  return content;
}

function formatted(text: string, mode: 'HTML' | undefined): Content {
  if (Buffer.byteLength(text) > 32_768) throw badRequest('text is too long');
  if (!text.isWellFormed()) throw badRequest('strings must be encoded in UTF-8');
  try {
    return asShown(mode === 'HTML' ? parseHtml(text) : { text, entities: [] });
  } catch (error) {
    if (!(error instanceof MarkupFault)) throw error;
    throw badRequest(`can't parse entities: ${error.message}`);
  }
}

/** The buttons of a message, or a refusal. */
export function keyboardOf(
  markup: { inline_keyboard: Button[][] } | { force_reply: true } | undefined,
): Button[][] {
  if (markup === undefined || !('inline_keyboard' in markup)) return [];
  const rows = markup.inline_keyboard.filter((row) => row.length > 0);
  const buttons = rows.flat();
  if (buttons.length > 100) throw badRequest('reply markup is too long');
  for (const { text, callback_data, url } of buttons) {
    if (text.trim() === '') throw badRequest('inline keyboard button text must be non-empty');
    if (!text.isWellFormed()) throw badRequest('inline keyboard button text must be encoded in UTF-8');
    if (callback_data === undefined && url === undefined)
      throw badRequest(
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
      );
    if (Buffer.byteLength(callback_data ?? '') > 64) throw badRequest('BUTTON_DATA_INVALID');
  }
  return rows;
}
