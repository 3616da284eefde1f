import { z } from 'zod';
import { messageBlock, viewBlock } from './blocks.ts';
import { plain } from './text.ts';

/** Slack's answer to what it does not take. */
export interface Refused {
  error: string;
  messages: string[];
}

interface AnyBlock {
  type: string;
  block_id?: string | undefined;
}

function distinct(blocks: readonly AnyBlock[]): boolean {
  const ids = blocks.flatMap(({ block_id }) => block_id ?? []);
  return new Set(ids).size === ids.length;
}

const sameId = 'block_id must be unique';

const messageBlocks = z.array(messageBlock).max(50, 'no more than 50 items allowed').refine(distinct, sameId);

const view = {
  callback_id: z.string().max(255).optional(),
  private_metadata: z.string().max(3_000).optional(),
  external_id: z.string().max(255).optional(),
};

const modal = z
  .strictObject({
    type: z.literal('modal'),
    ...view,
    title: plain(24),
    submit: plain(24).optional(),
    close: plain(24).optional(),
    clear_on_close: z.boolean().optional(),
    notify_on_close: z.boolean().optional(),
    blocks: z.array(viewBlock).max(100, 'no more than 100 items allowed').refine(distinct, sameId),
  })
  .refine(
    ({ submit, blocks }) => submit !== undefined || blocks.every(({ type }) => type !== 'input'),
    'submit is required when an input block is within the blocks array',
  )
  .refine(({ blocks }) => focused(blocks) <= 1, 'only one element can have focus_on_load');

const home = z.strictObject({
  type: z.literal('home'),
  ...view,
  blocks: z.array(viewBlock).max(100, 'no more than 100 items allowed').refine(distinct, sameId),
});

function focused(blocks: unknown): number {
  return JSON.stringify(blocks).match(/"focus_on_load":true/g)?.length ?? 0;
}

/** Slack's answer to blocks of a message, or undefined when it takes them. */
export function blocksFault(blocks: unknown): Refused | undefined {
  const read = messageBlocks.safeParse(blocks);
  if (!read.success) return { error: 'invalid_blocks', messages: messagesOf(read.error, '/blocks') };
  return lengthOf(read.data) > 13_200 ? { error: 'msg_blocks_too_long', messages: [] } : undefined;
}

/** All characters that people see or hear, over all blocks. */
function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + lengthOf(each), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [key, each]) =>
      sum +
      (typeof each === 'string' && (key === 'text' || key === 'alt_text') ? each.length : lengthOf(each)),
    0,
  );
}

/** Slack's answer to a modal or an App Home, or undefined when it takes it. */
export function viewFault(given: unknown): Refused | undefined {
  const isHome = typeof given === 'object' && given !== null && 'type' in given && given.type === 'home';
  const read = (isHome ? home : modal).safeParse(given);
  return read.success ? undefined : { error: 'invalid_arguments', messages: messagesOf(read.error, '/view') };
}

function messagesOf(error: z.ZodError, root: string): string[] {
  return error.issues.map(
    (issue) => `[ERROR] ${issue.message} [json-pointer:${root}/${issue.path.join('/')}]`,
  );
}
