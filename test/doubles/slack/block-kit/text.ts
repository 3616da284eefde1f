import { z } from 'zod';

/**
 * Composition objects as Slack's Block Kit reference and the definitions of `@slack/types` have them: what is
 * not named there is refused. Slack trims texts, so that blanks alone are an empty text.
 */
const wellFormed = z
  .string()
  .refine((text) => text.isWellFormed(), 'not valid UTF-8')
  .refine((text) => text.trim() !== '', 'must be more than 0 characters');

export const plain = (most: number) =>
  z.strictObject({
    type: z.literal('plain_text'),
    text: wellFormed.max(most, `must be less than ${most + 1} characters`),
    emoji: z.boolean().optional(),
  });

export const mrkdwn = (most: number) =>
  z.strictObject({
    type: z.literal('mrkdwn'),
    text: wellFormed.max(most, `must be less than ${most + 1} characters`).superRefine(soundMarkup),
    verbatim: z.boolean().optional(),
  });

export const text = (most: number) => z.discriminatedUnion('type', [plain(most), mrkdwn(most)]);

const known =
  /<(?:@[UW][A-Z0-9]+|!date\^\d+\^[^|<>^]*\{(?:date|time)[^|<>^]*(?:\^https?:\/\/[^|<>\s]+)?\|[^<>|]+|https?:\/\/[^|<>\s]+(?:\|[^<>|\n]+)?|mailto:[^|<>\s]+(?:\|[^<>|\n]+)?)>/g;

/** `<` must open something that Slack knows, and `&`, `<`, `>` must be escaped. Rule: "Formatting text for app surfaces". */
function soundMarkup(markup: string, context: z.RefinementCtx): void {
  const rest = markup.replaceAll(known, '').replaceAll(/&(?:amp|lt|gt);/g, '');
  if (/[<>&]/.test(rest)) {
    context.addIssue({ code: 'custom', message: `unescaped or unknown mark-up: ${rest.slice(0, 200)}` });
  }
}

export const confirm = z.strictObject({
  title: plain(100).optional(),
  text: text(300),
  confirm: plain(30).optional(),
  deny: plain(30).optional(),
  style: z.enum(['primary', 'danger']).optional(),
});

const option = <T extends z.ZodType>(label: T) =>
  z.strictObject({ text: label, value: z.string().min(1).max(75), description: plain(75).optional() });

/** Of selects and overflow menus. */
export const plainOption = option(plain(75));
/** Of radio buttons and checkboxes. */
export const textOption = option(text(75));

export const slackFile = z.union([
  z.strictObject({
    id: z.string().regex(/^F[A-Z0-9]{8,}$/, 'input must match regex pattern: ^[F][A-Z0-9]{8,}$'),
  }),
  z.strictObject({ url: z.url({ protocol: /^https$/ }) }),
]);

/** Either a public address or a file of Slack's. */
export const imageSource = {
  image_url: z
    .url({ protocol: /^https?$/ })
    .max(3_000)
    .optional(),
  slack_file: slackFile.optional(),
};

export function oneSource(image: { image_url?: unknown; slack_file?: unknown }): boolean {
  return (image.image_url === undefined) !== (image.slack_file === undefined);
}
