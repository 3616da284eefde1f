import { z } from 'zod';

/** What Slack's Block Kit reference allows of the blocks that the project uses; anything else is refused. */
const plain = (most: number) =>
  z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(most),
    emoji: z.boolean().optional(),
  });

const mrkdwn = (most: number) =>
  z.strictObject({
    type: z.literal('mrkdwn'),
    text: z.string().min(1).max(most).superRefine(soundMarkup),
    verbatim: z.boolean().optional(),
  });

/** `<` must open something that Slack knows, and `&` must be escaped. */
function soundMarkup(text: string, context: z.RefinementCtx): void {
  const known = /<(?:@[UW][A-Z0-9]+|!date\^\d+\^[^|<>]+\|[^<>|]+|https?:\/\/[^|<>\s]+\|[^<>|]*)>/g;
  const rest = text.replaceAll(known, '').replaceAll(/&(?:amp|lt|gt);/g, '');
  if (/[<>&]/.test(rest))
    context.addIssue({ code: 'custom', message: `unescaped or unknown mark-up: ${rest}` });
}

const text = (most: number) => z.discriminatedUnion('type', [plain(most), mrkdwn(most)]);
const id = z.string().min(1).max(255).optional();

const confirm = z.strictObject({
  title: plain(100),
  text: text(300),
  confirm: plain(30),
  deny: plain(30),
  style: z.enum(['primary', 'danger']).optional(),
});

const button = z.strictObject({
  type: z.literal('button'),
  action_id: z.string().min(1).max(255),
  text: plain(75),
  value: z.string().max(2_000).optional(),
  url: z.url().max(3_000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm: confirm.optional(),
  accessibility_label: z.string().max(75).optional(),
});

const input = z.strictObject({
  type: z.literal('plain_text_input'),
  action_id: z.string().min(1).max(255),
  multiline: z.boolean().optional(),
  min_length: z.int().min(0).max(3_000).optional(),
  max_length: z.int().min(1).max(3_000).optional(),
  focus_on_load: z.boolean().optional(),
  placeholder: plain(150).optional(),
  initial_value: z.string().optional(),
});

const plainOption = z.strictObject({ text: plain(75), value: z.string().min(1).max(75) });

/** What else can be filled in. */
const inputElements = [
  input,
  z
    .strictObject({
      type: z.literal('static_select'),
      action_id: z.string().min(1).max(255),
      options: z.array(plainOption).min(1).max(100),
      initial_option: plainOption.optional(),
    })
    .refine(
      ({ options, initial_option: first }) =>
        first === undefined || options.some((each) => JSON.stringify(each) === JSON.stringify(first)),
      'initial_option must exactly match one of the options',
    ),
  z.strictObject({
    type: z.literal('number_input'),
    action_id: z.string().min(1).max(255),
    is_decimal_allowed: z.boolean(),
    initial_value: z
      .string()
      .regex(/^-?\d+(?:\.\d+)?$/)
      .optional(),
  }),
  z.strictObject({
    type: z.literal('datetimepicker'),
    action_id: z.string().min(1).max(255),
    initial_date_time: z.int().min(1_000_000_000).max(9_999_999_999).optional(),
  }),
  z.strictObject({
    type: z.literal('conversations_select'),
    action_id: z.string().min(1).max(255),
    initial_conversation: z.string().min(1).optional(),
    filter: z
      .strictObject({
        include: z.array(z.enum(['im', 'mpim', 'private', 'public'])).min(1),
        exclude_bot_users: z.boolean().optional(),
      })
      .optional(),
  }),
] as const;

const section = z.strictObject({
  type: z.literal('section'),
  block_id: id,
  text: text(3_000).optional(),
  fields: z.array(text(2_000)).min(1).max(10).optional(),
  expand: z.boolean().optional(),
});
const context = z.strictObject({
  type: z.literal('context'),
  block_id: id,
  elements: z.array(text(3_000)).min(1).max(10),
});
const actions = z.strictObject({
  type: z.literal('actions'),
  block_id: id,
  elements: z
    .array(button)
    .min(1)
    .max(25)
    .refine(
      (all) => new Set(all.map((each) => each.action_id)).size === all.length,
      'action_id must be unique',
    ),
});
const divider = z.strictObject({ type: z.literal('divider'), block_id: id });
const header = z.strictObject({ type: z.literal('header'), block_id: id, text: plain(150) });
const inputBlock = z.strictObject({
  type: z.literal('input'),
  block_id: id,
  label: plain(2_000),
  hint: plain(2_000).optional(),
  element: z.discriminatedUnion('type', inputElements),
  optional: z.boolean().optional(),
  dispatch_action: z.boolean().optional(),
});

const messageBlocks = z
  .array(z.discriminatedUnion('type', [section, context, actions, divider, header]))
  .max(50, 'no more than 50 items allowed');

const viewBlocks = z
  .array(z.discriminatedUnion('type', [section, context, actions, divider, header, inputBlock]))
  .max(100, 'no more than 100 items allowed');

const modal = z
  .strictObject({
    type: z.literal('modal'),
    callback_id: z.string().max(255),
    private_metadata: z.string().max(3_000).optional(),
    title: plain(24),
    submit: plain(24).optional(),
    close: plain(24).optional(),
    blocks: viewBlocks,
  })
  .refine(
    ({ submit, blocks }) => submit !== undefined || blocks.every(({ type }) => type !== 'input'),
    'submit is required when an input block is within the blocks array',
  );

const home = z.strictObject({ type: z.literal('home'), blocks: viewBlocks });

/** Slack's answer to blocks it does not take, or undefined. */
export function blocksFault(blocks: unknown): { error: string; messages: string[] } | undefined {
  const read = messageBlocks.safeParse(blocks);
  if (!read.success) return { error: 'invalid_blocks', messages: messagesOf(read.error, '/blocks') };
  const total = JSON.stringify(read.data).matchAll(/"text":"((?:[^"\\]|\\.)*)"/g);
  const length = [...total].reduce((sum, match) => sum + (JSON.parse(`"${match[1]}"`) as string).length, 0);
  return length > 13_200 ? { error: 'msg_blocks_too_long', messages: [] } : undefined;
}

/** Slack's answer to a modal it does not take, or undefined. */
export function viewFault(view: unknown): { error: string; messages: string[] } | undefined {
  const isHome = typeof view === 'object' && view !== null && 'type' in view && view.type === 'home';
  const read = (isHome ? home : modal).safeParse(view);
  return read.success ? undefined : { error: 'invalid_arguments', messages: messagesOf(read.error, '/view') };
}

function messagesOf(error: z.ZodError, root: string): string[] {
  return error.issues.map(
    (issue) => `[ERROR] ${issue.message} [json-pointer:${root}/${issue.path.join('/')}]`,
  );
}
