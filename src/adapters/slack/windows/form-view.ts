import type { types } from '@slack/bolt';
import { z } from 'zod';
import { cut } from '../../../core/card/words.ts';
import type { Field, Filled, Form } from '../../../ports/forms.ts';
import { limits } from '../limits.ts';

/** Where the answer to a form belongs; kept in it while it is open. */
export interface OpenForm {
  channel?: string;
  thread?: string;
}

const openFormSchema = z.strictObject({ channel: z.string().optional(), thread: z.string().optional() });

export const formId = 'cutover-form';
export const formAction = 'cutover-field';

/** A form as a modal. Rule: Slack, "Modal views" and "Input block". */
export function formView(form: Form, open: OpenForm): types.ModalView {
  const intro: types.KnownBlock[] =
    form.intro === ''
      ? []
      : [{ type: 'section', text: { type: 'plain_text', text: cut(form.intro, limits.sectionText) } }];
  return {
    type: 'modal',
    callback_id: formId,
    private_metadata: JSON.stringify(open),
    title: { type: 'plain_text', text: cut(form.title, limits.modalTitle) },
    submit: { type: 'plain_text', text: cut(form.submit, limits.modalTitle) },
    close: { type: 'plain_text', text: 'Cancel' },
    blocks: [
      ...intro,
      ...form.fields.slice(0, limits.viewBlocks - 1).map((field) => inputOf(field, form.variant)),
    ],
  };
}

/** What was filled in, where the answer belongs, and the block of each field for its faults. */
export interface ReadForm {
  filled: Filled;
  open: OpenForm;
  blockOf(field: string): string;
}

const valueSchema = z.object({
  value: z.string().nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
  selected_date_time: z.number().nullish(),
  selected_conversation: z.string().nullish(),
});
const formSchema = z.object({
  private_metadata: z.string(),
  blocks: z.array(z.looseObject({ type: z.string(), block_id: z.string() })),
  state: z.object({ values: z.record(z.string(), z.record(z.string(), valueSchema)) }),
});

/** Reads a form out of a view of Slack; undefined when it is none. */
export function readForm(view: unknown): ReadForm | undefined {
  const read = formSchema.safeParse(view);
  if (!read.success) return undefined;
  const { private_metadata, blocks, state } = read.data;
  const filled = Object.entries(state.values).flatMap(([block, values]) => {
    const value = textOf(values[formAction]);
    return value === undefined ? [] : [[fieldOf(block), value] as const];
  });
  const inputs = blocks.flatMap(({ type, block_id }) => (type === 'input' ? [block_id] : []));
  return {
    filled: Object.fromEntries(filled),
    open: openOf(private_metadata),
    blockOf: (field) => inputs.find((block) => fieldOf(block) === field) ?? inputs[0] ?? field,
  };
}

function openOf(metadata: string): OpenForm {
  try {
    const { channel, thread } = openFormSchema.safeParse(JSON.parse(metadata)).data ?? {};
    return { ...(channel === undefined ? {} : { channel }), ...(thread === undefined ? {} : { thread }) };
  } catch {
    return {};
  }
}

function textOf(value: z.infer<typeof valueSchema> | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value.selected_date_time === 'number')
    return new Date(value.selected_date_time * 1_000).toISOString();
  const text = value.selected_option?.value ?? value.selected_conversation ?? value.value ?? '';
  return text.trim() === '' ? undefined : text.trim();
}

/** Slack keeps what was filled in for a block of the same name: another variant of a form has other names. */
function blockOf({ name, decides }: Field, variant: string): string {
  return decides ? `${name}@` : `${name}@${variant}`;
}

function fieldOf(block: string): string {
  return block.slice(0, block.indexOf('@'));
}

function inputOf(field: Field, variant: string): types.InputBlock {
  return {
    type: 'input',
    block_id: cut(blockOf(field, variant), limits.blockId),
    label: { type: 'plain_text', text: cut(field.label, limits.inputLabel) },
    optional: field.optional,
    ...(field.hint === undefined
      ? {}
      : { hint: { type: 'plain_text', text: cut(field.hint, limits.inputLabel) } }),
    ...(field.decides ? { dispatch_action: true } : {}),
    element: elementOf(field),
  };
}

function elementOf(field: Field): types.InputBlock['element'] {
  const { kind, initial } = field;
  const action_id = formAction;
  switch (kind) {
    case 'choice':
      return choiceOf(field) ?? textInput(initial);
    case 'number':
      if (initial !== undefined && !/^-?\d+(\.\d+)?$/.test(initial)) return textInput(initial);
      return {
        type: 'number_input',
        action_id,
        is_decimal_allowed: true,
        ...(initial === undefined ? {} : { initial_value: initial }),
      };
    case 'time':
      return {
        type: 'datetimepicker',
        action_id,
        ...(initial === undefined ? {} : { initial_date_time: Math.floor(Date.parse(initial) / 1_000) }),
      };
    case 'channel':
      return {
        type: 'conversations_select',
        action_id,
        filter: { include: ['public', 'private'], exclude_bot_users: true },
        ...(initial === undefined ? {} : { initial_conversation: initial }),
      };
    case 'text':
      return textInput(initial);
  }
}

function textInput(initial: string | undefined): types.PlainTextInput {
  return {
    type: 'plain_text_input',
    action_id: formAction,
    max_length: limits.inputLength,
    ...(initial === undefined ? {} : { initial_value: initial.slice(0, limits.inputLength) }),
  };
}

/** A list to choose from; undefined where Slack's lists are too short for it, so that it is typed. */
function choiceOf({ choices = [], initial }: Field): types.StaticSelect | undefined {
  const fits = choices.every(({ value }) => value.length > 0 && value.length <= limits.optionValue);
  if (choices.length === 0 || choices.length > limits.options || !fits) return undefined;
  const options = choices.map(
    ({ value, label }): types.PlainTextOption => ({
      text: { type: 'plain_text', text: cut(label, limits.optionText) },
      value,
    }),
  );
  const chosen = options.find(({ value }) => value === initial);
  return {
    type: 'static_select',
    action_id: formAction,
    options,
    ...(chosen === undefined ? {} : { initial_option: chosen }),
  };
}
