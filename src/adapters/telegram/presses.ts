import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { InlineKeyboardButton } from 'telegraf/types';
import { z } from 'zod';
import { type Action, asks } from '../../core/card/card.ts';
import { cut } from '../../core/card/words.ts';
import type { Memory } from '../../ports/memory.ts';
import { limits } from './limits.ts';

/** What a button stands for. */
const pressSchema = z.object({
  command: z.string(),
  label: z.string(),
  drawnAt: z.int().min(0).optional(),
  ask: z.enum(asks).optional(),
  confirm: z.object({ title: z.string(), text: z.string(), ok: z.string() }).optional(),
});
export type Press = z.infer<typeof pressSchema>;

export const keyboardSchema = z.array(z.array(z.object({ text: z.string(), callback_data: z.string() })));
export type Keyboard = z.infer<typeof keyboardSchema>;

/** What buttons stand for, kept for as long as their messages are of use. */
export interface Presses {
  /** Draws buttons, and keeps what they stand for. The same buttons are drawn the same each time. */
  draw(actions: readonly Action[], drawnAt: number | undefined): Promise<Keyboard>;
  /** What a button stands for; undefined when it is none of ours, or too old. */
  read(data: string): Promise<Press | undefined>;
}

/** A button can be pressed for so long after it was last drawn (milliseconds): longer than rollouts and their duties last. */
const kept = 45 * 86_400_000;

/** What was read is not read again for so long (milliseconds): a press asks for it more than once. */
const readAgainAfter = 60_000;

/**
 * A button carries a nonce that nobody can guess without the bot's token: a keyed hash of what it stands for, so
 * that a card that is drawn again keeps its buttons, also after a restart. Behind it stand the command's words, for
 * the answer to a press that comes too late; they are never acted on.
 */
export function createPresses(memory: Memory, token: string): Presses {
  const key = createHmac('sha256', token).update('cutover button').digest();
  /** What a nonce stands for never changes: those that were drawn or read here need not be read again. */
  const drawn = new LRUCache<string, Press>({ max: 5_000, ttl: kept });
  return {
    async draw(actions, drawnAt) {
      const buttons = await Promise.all(
        actions.slice(0, limits.buttons).map(async (action) => {
          const press = pressOf(action, drawnAt);
          const text = JSON.stringify(press);
          const nonce = createHmac('sha256', key).update(text).digest('base64url').slice(0, 22);
          await memory.write(`press:${nonce}`, text, kept);
          drawn.set(nonce, press);
          return { text: labelOf(action), callback_data: `${nonce}${hintOf(action.command)}` };
        }),
      );
      return rowsOf(buttons);
    },
    async read(data) {
      const [nonce = ''] = data.split(' ');
      if (!/^[\w-]{22}$/.test(nonce)) return undefined;
      const known = drawn.get(nonce);
      if (known) return known;
      const text = await memory.read(`press:${nonce}`);
      if (text === undefined) return undefined;
      const press = pressSchema.parse(JSON.parse(text));
      drawn.set(nonce, press, { ttl: readAgainAfter });
      return press;
    },
  };
}

/** What a person could type instead of a press that is too old: the command's words, as far as the button holds them. */
export function wordsOf(data: string): string {
  const words = data.slice(data.indexOf(' ') + 1);
  return data.includes(' ') && /^[a-z][\w ./=:-]*$/i.test(words) ? `/rollout ${words}` : '/rollout status';
}

function pressOf({ command, label, ask, confirm }: Action, drawnAt: number | undefined): Press {
  return {
    command: command.toWellFormed(),
    label: label.toWellFormed(),
    ...(drawnAt === undefined ? {} : { drawnAt }),
    ...(ask === undefined ? {} : { ask }),
    ...(confirm === undefined ? {} : { confirm }),
  };
}

function labelOf({ label }: Action): string {
  const text = cut(label.toWellFormed().replaceAll(/\s+/g, ' ').trim(), limits.buttonLabel);
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(text) ? text : '·';
}

function hintOf(command: string): string {
  const hint = ` ${command.replace(/ nonce=\S+/, '')}`;
  return Buffer.byteLength(hint) + 22 <= limits.callbackData ? hint : '';
}

/** Up to three buttons beside each other, as far as a phone shows their labels. */
function rowsOf(buttons: Keyboard[number]): Keyboard {
  const rows: Keyboard = [];
  for (const button of buttons) {
    const row = rows.at(-1);
    const width = row?.reduce((sum, { text }) => sum + text.length, 0) ?? 0;
    if (row && row.length < 3 && width + button.text.length <= 30) row.push(button);
    else rows.push([button]);
  }
  return rows;
}

/** As Telegram takes it; an empty one takes buttons away. */
export function markupOf(keyboard: Keyboard): { inline_keyboard: InlineKeyboardButton[][] } {
  return { inline_keyboard: keyboard };
}
