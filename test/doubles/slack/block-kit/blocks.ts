import { z } from 'zod';
import { accessory, actionElement, contextElement, inputElement } from './elements.ts';
import { imageSource, oneSource, plain, text } from './text.ts';

const block = { block_id: z.string().min(1).max(255).optional() };

const section = z
  .strictObject({
    type: z.literal('section'),
    ...block,
    text: text(3_000).optional(),
    fields: z.array(text(2_000)).min(1).max(10).optional(),
    accessory: accessory.optional(),
    expand: z.boolean().optional(),
  })
  .refine(({ text: said, fields }) => said !== undefined || fields !== undefined, 'text or fields');

const context = z.strictObject({
  type: z.literal('context'),
  ...block,
  elements: z.array(contextElement).min(1).max(10, 'no more than 10 items allowed'),
});

const actions = z.strictObject({
  type: z.literal('actions'),
  ...block,
  elements: z
    .array(actionElement)
    .min(1)
    .max(25, 'no more than 25 items allowed')
    .refine(
      (all) => new Set(all.map((each) => each.action_id)).size === all.length,
      'action_id must be unique',
    ),
});

const divider = z.strictObject({ type: z.literal('divider'), ...block });
const header = z.strictObject({ type: z.literal('header'), ...block, text: plain(150) });

const image = z
  .strictObject({
    type: z.literal('image'),
    ...block,
    alt_text: z.string().min(1).max(2_000),
    title: plain(2_000).optional(),
    ...imageSource,
  })
  .refine(oneSource, 'exactly one of image_url and slack_file');

const input = z.strictObject({
  type: z.literal('input'),
  ...block,
  label: plain(2_000),
  hint: plain(2_000).optional(),
  optional: z.boolean().optional(),
  dispatch_action: z.boolean().optional(),
  element: inputElement,
});

/** Blocks that the project may send in a message; Slack knows more, none of which it uses. */
export const messageBlock = z.discriminatedUnion('type', [section, context, actions, divider, header, image]);
/** Blocks of a modal, or of a Home tab. */
export const viewBlock = z.discriminatedUnion('type', [
  section,
  context,
  actions,
  divider,
  header,
  image,
  input,
]);
