import { z } from 'zod';
import type { Action } from '../../core/card/card.ts';
import { cut } from '../../core/card/words.ts';
import type { Clock, NewNonce } from '../../ports/clock.ts';
import type { Memory } from '../../ports/memory.ts';
import { limits } from './limits.ts';
import { type Keyboard, keyboardSchema, type Press } from './presses.ts';

/** A person was asked once more whether they mean it: the message shows Yes and Cancel in place of that button. */
const confirmationSchema = z.object({
  nonce: z.string(),
  /** Who pressed, and may answer. */
  by: z.int(),
  name: z.string(),
  press: z.object({
    command: z.string(),
    label: z.string(),
    drawnAt: z.int().optional(),
    confirm: z.object({ title: z.string(), text: z.string(), ok: z.string() }),
  }),
  /** The buttons that the message goes back to, and the one of them that was pressed. */
  back: keyboardSchema,
  pressed: z.string(),
  /** Milliseconds since the epoch. */
  until: z.number(),
});
export type Confirmation = z.infer<typeof confirmationSchema>;

/** Where a message stands: its chat and number. */
export interface At {
  chat: number;
  message: number;
}

export interface Confirmations {
  /** Asks; answers the buttons to show. */
  open(at: At, question: Omit<Confirmation, 'nonce' | 'until'>): Promise<Keyboard>;
  /** What a message asks, also when the time is over; of whoever answers, undefined when nothing is asked there. */
  find(at: At, data: string): Promise<{ asked: Confirmation; yes: boolean; inTime: boolean } | undefined>;
  /** The question is answered; false when somebody else was faster. */
  close(at: At): Promise<boolean>;
  /** The buttons of a message that is drawn anew: a question that stands there stays, as long as its button does. */
  shown(at: At, actions: readonly Action[], keyboard: Keyboard): Promise<Keyboard>;
  /** Questions that this process asked and nobody answered in time; each once, with the buttons to go back to. */
  overdue(): Promise<{ at: At; back: Keyboard }[]>;
}

/** How long Yes counts (milliseconds). */
export const confirmTime = 60_000;

/** For so long a late answer is told so, and the buttons are put back (milliseconds). */
const kept = 86_400_000;

export function isConfirmation(data: string): boolean {
  return /^(yes|no):/.test(data);
}

export function createConfirmations(memory: Memory, clock: Clock, newNonce: NewNonce): Confirmations {
  const keyOf = ({ chat, message }: At) => `confirm:${chat}/${message}`;
  const opened = new Map<string, { at: At; nonce: string; until: number }>();
  const write = (at: At, asked: Confirmation) => memory.write(keyOf(at), JSON.stringify(asked), kept);
  async function read(at: At): Promise<Confirmation | undefined> {
    const text = await memory.read(keyOf(at));
    return text === undefined ? undefined : confirmationSchema.parse(JSON.parse(text));
  }

  return {
    async open(at, question) {
      const asked = { ...question, nonce: newNonce().slice(0, 40), until: clock.now() + confirmTime };
      await write(at, asked);
      opened.set(keyOf(at), { at, nonce: asked.nonce, until: asked.until });
      return keyboardOf(asked);
    },
    async find(at, data) {
      const asked = await read(at);
      const [answer, nonce] = data.split(':');
      if (asked === undefined || asked.nonce !== nonce) return undefined;
      return { asked, yes: answer === 'yes', inTime: clock.now() < asked.until };
    },
    close: async (at) => (await memory.take(keyOf(at))) !== undefined,
    async shown(at, actions, keyboard) {
      const asked = actions.some(({ confirm }) => confirm) ? await read(at) : undefined;
      if (asked === undefined) return keyboard;
      const index = actions.findIndex(({ command }) => command === asked.press.command);
      if (index < 0 || clock.now() >= asked.until) {
        await memory.take(keyOf(at));
        return keyboard;
      }
      const drawn = { ...asked, back: keyboard, pressed: keyboard.flat()[index]?.callback_data ?? '' };
      await write(at, drawn);
      return keyboardOf(drawn);
    },
    async overdue() {
      const over = [...opened].filter(([, { until }]) => clock.now() >= until);
      const found = await Promise.all(
        over.map(async ([key, { at, nonce }]) => {
          const asked = await read(at);
          opened.delete(key);
          if (asked?.nonce !== nonce) return [];
          await memory.take(key);
          return [{ at, back: asked.back }];
        }),
      );
      return found.flat();
    },
  };
}

/** What a press that has to be confirmed says first, in a notice. */
export function questionOf({ confirm }: Confirmation['press']): string {
  const after = `\nPress “${yesOf(confirm)}” within a minute.`;
  return `${cut(`${confirm.title} ${confirm.text}`.toWellFormed(), limits.notice - after.length)}${after}`;
}

/** Whether a press asks only to be confirmed. One that asks for a word is confirmed by the word. */
export function asksToConfirm(press: Press): press is Press & Confirmation['press'] {
  return press.confirm !== undefined && press.ask === undefined;
}

function yesOf({ ok }: Confirmation['press']['confirm']): string {
  const words = ok.toWellFormed().trim();
  return cut(`Yes, ${words.charAt(0).toLowerCase()}${words.slice(1)}`, 40);
}

/** Nobody else is kept from the other buttons meanwhile. */
function keyboardOf({ nonce, press, back, pressed }: Confirmation): Keyboard {
  const others = back.map((row) => row.filter((button) => button.callback_data !== pressed));
  const answers = [
    { text: yesOf(press.confirm), callback_data: `yes:${nonce}` },
    { text: 'Cancel', callback_data: `no:${nonce}` },
  ];
  return [answers, ...others.filter((row) => row.length > 0)];
}
