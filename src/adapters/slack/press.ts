import type { types } from '@slack/bolt';
import { z } from 'zod';
import { type Action, asks } from '../../core/card/card.ts';
import { isBlank, presentableAtMost } from '../../core/card/outside-text.ts';
import { parseDuration } from '../../core/playbook/duration.ts';
import { limits } from './limits.ts';

const askSchema = z.enum(asks);

/** What a button carries. Its keys are short: Slack allows 2,000 characters. */
const pressSchema = z.strictObject({
  /** The command. */
  c: z.string().min(1).max(limits.buttonValue),
  /** The journal's number when it was drawn. */
  d: z.int().min(0).optional(),
  /** A word that the modal asks for, and what it says. */
  ask: askSchema.optional(),
  title: z.string().optional(),
  text: z.string().optional(),
  ok: z.string().optional(),
});
export type Press = z.infer<typeof pressSchema>;

/** What a modal keeps while it is open. */
const openPressSchema = z.strictObject({
  c: z.string().min(1).max(limits.buttonValue),
  d: z.int().min(0).optional(),
  /** What the window asks for. */
  ask: askSchema.optional(),
  /** Absent: it was opened outside of any room. */
  channel: z.string().min(1).optional(),
  thread: z.string().optional(),
});
export type OpenPress = z.infer<typeof openPressSchema>;

export const modalId = 'cutover-ask';
export const inputBlock = 'answer';
export const inputAction = 'value';

/** A button's value; undefined when the command is too long to be carried: such a button can't be drawn. */
export function encodePress(action: Action, drawnAt: number | undefined): string | undefined {
  const press: Press = {
    c: action.command.toWellFormed(),
    ...(drawnAt === undefined ? {} : { d: drawnAt }),
    ...asked(action),
  };
  const { text: _, ...short } = press;
  return [press, short].map((each) => JSON.stringify(each)).find(fits);
}

function fits(value: string): boolean {
  return value.length <= limits.buttonValue && parsed(pressSchema, value) !== undefined;
}

/** What the modal of a button that needs a word says. */
function asked({ ask, confirm, label }: Action): Omit<Press, 'c' | 'd'> {
  if (ask === undefined) return {};
  const said = (words: string | undefined, most: number) =>
    presentableAtMost([words, label].find((each) => each !== undefined && !isBlank(each)) ?? 'Cutover', most);
  const text =
    confirm === undefined || isBlank(confirm.text) ? {} : { text: said(confirm.text, limits.confirmText) };
  return {
    ask,
    title: said(confirm?.title, limits.modalTitle),
    ok: said(confirm?.ok, limits.modalTitle),
    ...text,
  };
}

/** What a pressed button carried; undefined when it is none of ours. */
export function decodePress(value: string | undefined): Press | undefined {
  return parsed(pressSchema, value);
}

/** What a modal was opened for; undefined when it is none of ours. */
export function decodeOpenPress(metadata: string): OpenPress | undefined {
  return parsed(openPressSchema, metadata);
}

function parsed<T>(schema: z.ZodType<T>, text: string | undefined): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}

const questions = {
  reason: { label: 'Reason', hint: 'It stands in the thread and in the journal.', multiline: true },
  evidence: { label: 'Evidence', hint: 'How you know that it is done.', multiline: true },
  duration: { label: 'How much longer', hint: 'For example 30m, 2h or 1d.', multiline: false },
  'duration-and-reason': {
    label: 'For how long, and why',
    hint: 'For example 2h database failover.',
    multiline: true,
  },
} as const;

/** Why the word that was written does not do, for its field; undefined: it does. The command's own checks come after. */
export function faultOfWord(ask: Press['ask'], word: string): string | undefined {
  const [first = '', ...rest] = word.split(/\s+/);
  const timed = ask === 'duration' ? word : ask === 'duration-and-reason' ? first : undefined;
  if (timed !== undefined && (parseDuration(timed) ?? 0) <= 0)
    return 'Begin with a duration, such as 30s, 15m, 2h, 1d or 1h30m.';
  if (ask === 'duration-and-reason' && rest.length === 0) return 'Give a reason after the duration.';
  if (word !== '') return undefined;
  return ask === 'evidence' ? 'Say how you know that it is done.' : 'Give a reason.';
}

/**
 * The modal that asks for the one word that a press lacks; it also stands for the confirmation. `initial` stands in
 * it already.
 */
export function modalFor(press: Press, open: OpenPress, initial?: string): types.ModalView {
  const question = questions[press.ask ?? 'reason'];
  const text: types.KnownBlock[] =
    press.text === undefined ? [] : [{ type: 'section', text: { type: 'plain_text', text: press.text } }];
  return {
    type: 'modal',
    callback_id: modalId,
    private_metadata: JSON.stringify(open),
    title: { type: 'plain_text', text: press.title ?? question.label },
    submit: { type: 'plain_text', text: press.ok ?? 'OK' },
    close: { type: 'plain_text', text: 'Cancel' },
    blocks: [
      ...text,
      {
        type: 'input',
        block_id: inputBlock,
        label: { type: 'plain_text', text: question.label },
        hint: { type: 'plain_text', text: question.hint },
        element: {
          type: 'plain_text_input',
          action_id: inputAction,
          multiline: question.multiline,
          min_length: 1,
          max_length: question.multiline ? limits.inputLength : 40,
          ...(initial === undefined ? {} : { initial_value: initial }),
          focus_on_load: true,
        },
      },
    ],
  };
}
