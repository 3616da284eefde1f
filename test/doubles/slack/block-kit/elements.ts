import { z } from 'zod';
import { confirm, imageSource, oneSource, plain, plainOption, text, textOption } from './text.ts';

const action = { action_id: z.string().min(1).max(255) };
const confirmable = { confirm: confirm.optional() };
const focusable = { focus_on_load: z.boolean().optional() };
const placeholder = { placeholder: plain(150).optional() };

const button = z.strictObject({
  type: z.literal('button'),
  ...action,
  ...confirmable,
  text: plain(75),
  value: z.string().max(2_000).optional(),
  url: z.url().max(3_000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  accessibility_label: z.string().max(75).optional(),
});

const overflow = z.strictObject({
  type: z.literal('overflow'),
  ...action,
  ...confirmable,
  options: z
    .array(plainOption.extend({ url: z.url().max(3_000).optional() }))
    .min(1)
    .max(5),
});

const optionGroup = z.strictObject({ label: plain(75), options: z.array(plainOption).min(1).max(100) });

const choices = {
  options: z.array(plainOption).min(1).max(100).optional(),
  option_groups: z.array(optionGroup).min(1).max(100).optional(),
};

interface Choices {
  options?: unknown[] | undefined;
  option_groups?: { options: unknown[] }[] | undefined;
}

function oneOfBoth({ options, option_groups }: Choices): boolean {
  return (options === undefined) !== (option_groups === undefined);
}

/** What is chosen at first must be one of the options, to the letter. */
function among(given: Choices, chosen: readonly unknown[]): boolean {
  const offered = [
    ...(given.options ?? []),
    ...(given.option_groups ?? []).flatMap(({ options }) => options),
  ];
  const known = new Set(offered.map((each) => JSON.stringify(each)));
  return chosen.every((each) => each === undefined || known.has(JSON.stringify(each)));
}

const notOffered = 'initial_option must exactly match one of the options';

const staticSelect = z
  .strictObject({
    type: z.literal('static_select'),
    ...action,
    ...confirmable,
    ...focusable,
    ...placeholder,
    ...choices,
    initial_option: plainOption.optional(),
  })
  .refine(oneOfBoth, 'either options or option_groups')
  .refine((given) => among(given, [given.initial_option]), notOffered);

const multiStaticSelect = z
  .strictObject({
    type: z.literal('multi_static_select'),
    ...action,
    ...confirmable,
    ...focusable,
    ...placeholder,
    ...choices,
    initial_options: z.array(plainOption).min(1).optional(),
    max_selected_items: z.int().min(1).optional(),
  })
  .refine(oneOfBoth, 'either options or option_groups')
  .refine((given) => among(given, given.initial_options ?? []), notOffered);

const usersSelect = z.strictObject({
  type: z.literal('users_select'),
  ...action,
  ...confirmable,
  ...focusable,
  ...placeholder,
  initial_user: z.string().min(1).optional(),
});

const conversationsSelect = z.strictObject({
  type: z.literal('conversations_select'),
  ...action,
  ...confirmable,
  ...focusable,
  ...placeholder,
  initial_conversation: z.string().min(1).optional(),
  filter: z
    .strictObject({
      include: z
        .array(z.enum(['im', 'mpim', 'private', 'public']))
        .min(1)
        .optional(),
      exclude_external_shared_channels: z.boolean().optional(),
      exclude_bot_users: z.boolean().optional(),
    })
    .optional(),
});

const radioButtons = z
  .strictObject({
    type: z.literal('radio_buttons'),
    ...action,
    ...confirmable,
    ...focusable,
    options: z.array(textOption).min(1).max(10),
    initial_option: textOption.optional(),
  })
  .refine((given) => among(given, [given.initial_option]), notOffered);

const checkboxes = z
  .strictObject({
    type: z.literal('checkboxes'),
    ...action,
    ...confirmable,
    ...focusable,
    options: z.array(textOption).min(1).max(10),
    initial_options: z.array(textOption).min(1).optional(),
  })
  .refine((given) => among(given, given.initial_options ?? []), notOffered);

const datepicker = z.strictObject({
  type: z.literal('datepicker'),
  ...action,
  ...confirmable,
  ...focusable,
  ...placeholder,
  initial_date: z.iso.date().optional(),
});

const timepicker = z.strictObject({
  type: z.literal('timepicker'),
  ...action,
  ...confirmable,
  ...focusable,
  ...placeholder,
  initial_time: z
    .string()
    .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/)
    .optional(),
  timezone: z.string().min(1).optional(),
});

const datetimepicker = z.strictObject({
  type: z.literal('datetimepicker'),
  ...action,
  ...confirmable,
  ...focusable,
  initial_date_time: z.int().min(1_000_000_000).max(9_999_999_999).optional(),
});

const dispatch = {
  dispatch_action_config: z
    .strictObject({
      trigger_actions_on: z
        .array(z.enum(['on_enter_pressed', 'on_character_entered']))
        .min(1)
        .max(2),
    })
    .optional(),
};

const plainTextInput = z
  .strictObject({
    type: z.literal('plain_text_input'),
    ...action,
    ...focusable,
    ...placeholder,
    ...dispatch,
    multiline: z.boolean().optional(),
    min_length: z.int().min(0).max(3_000).optional(),
    max_length: z.int().min(1).max(3_000).optional(),
    initial_value: z.string().max(3_000).optional(),
  })
  .refine(({ min_length = 0, max_length = 3_000 }) => min_length <= max_length, 'min_length over max_length')
  .refine(
    ({ initial_value = '', max_length = 3_000 }) => initial_value.length <= max_length,
    'initial_value is longer than max_length',
  );

const decimal = z.string().regex(/^-?\d+(?:\.\d+)?$/);
const numberInput = z.strictObject({
  type: z.literal('number_input'),
  ...action,
  ...focusable,
  ...placeholder,
  ...dispatch,
  is_decimal_allowed: z.boolean(),
  initial_value: decimal.optional(),
  min_value: decimal.optional(),
  max_value: decimal.optional(),
});

const urlInput = z.strictObject({
  type: z.literal('url_text_input'),
  ...action,
  ...focusable,
  ...placeholder,
  ...dispatch,
  initial_value: z.url().optional(),
});

export const image = z
  .strictObject({ type: z.literal('image'), alt_text: z.string().min(1).max(2_000), ...imageSource })
  .refine(oneSource, 'exactly one of image_url and slack_file');

/** In a context: pictures and texts. */
export const contextElement = z.union([text(3_000), image]);

const chosen = [
  overflow,
  staticSelect,
  multiStaticSelect,
  usersSelect,
  conversationsSelect,
  radioButtons,
  checkboxes,
  datepicker,
  timepicker,
] as const;

export const accessory = z.discriminatedUnion('type', [button, image, ...chosen]);
export const actionElement = z.discriminatedUnion('type', [button, datetimepicker, ...chosen]);
export const inputElement = z.discriminatedUnion('type', [
  plainTextInput,
  numberInput,
  urlInput,
  datetimepicker,
  staticSelect,
  multiStaticSelect,
  usersSelect,
  conversationsSelect,
  radioButtons,
  checkboxes,
  datepicker,
  timepicker,
]);
