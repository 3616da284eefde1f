import { z } from 'zod';
import { asks, type Card } from '../../core/card/card.ts';
import { platformSchema } from '../../core/rollout/actor.ts';
import { chartSchema } from '../../core/rollout/event.ts';

const spanSchema = z.union([
  z.string(),
  z.strictObject({ bold: z.string() }),
  z.strictObject({ italic: z.string() }),
  z.strictObject({ code: z.string() }),
  z.strictObject({ link: z.string(), href: z.string() }),
  z.strictObject({
    person: z.string(),
    name: z.string(),
    ping: z.boolean().optional(),
    via: platformSchema.optional(),
  }),
  z.strictObject({ time: z.string() }),
]);
const lineSchema = z.array(spanSchema);

const actionSchema = z.strictObject({
  label: z.string(),
  command: z.string(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm: z.strictObject({ title: z.string(), text: z.string(), ok: z.string() }).optional(),
  ask: z.enum(asks).optional(),
});

/** A card as it is kept in Redis. */
export const cardSchema = z.strictObject({
  tone: z.enum(['running', 'waiting', 'doubt', 'bad', 'undone', 'watch', 'good', 'plain']),
  title: lineSchema,
  lines: z.array(lineSchema),
  progress: z.strictObject({ done: z.number(), total: z.number() }).optional(),
  chart: chartSchema.optional(),
  tail: z.strictObject({ title: z.string(), text: z.string(), whole: z.string().optional() }).optional(),
  actions: z.array(actionSchema),
  links: z.array(z.strictObject({ label: z.string(), href: z.string() })),
  drawnAt: z.int().min(0).optional(),
}) as unknown as z.ZodType<Card>;

/** A message of the console as the page gets it. `thread` is the id of the root it stands under. */
export interface ConsoleMessage {
  id: string;
  channel: string;
  thread?: string;
  at: string;
  /** How often it was edited; `editedAt` is the last time. */
  edits: number;
  editedAt?: string;
  card: Card;
}

const storedSchema = z.object({
  v: z.literal('1'),
  thread: z.string(),
  at: z.iso.datetime(),
  edits: z.coerce.number().int(),
  editedAt: z.string(),
  card: z.string().transform((text) => cardSchema.parse(JSON.parse(text))),
});

/** Reads a message from its Redis hash; undefined when the hash is gone. */
export function readMessage(
  channel: string,
  id: string,
  hash: Readonly<Record<string, string>>,
): ConsoleMessage | undefined {
  if (Object.keys(hash).length === 0) return undefined;
  const { thread, editedAt, at, edits, card } = storedSchema.parse(hash);
  return {
    id,
    channel,
    at,
    edits,
    card,
    ...(thread === '' ? {} : { thread }),
    ...(editedAt === '' ? {} : { editedAt }),
  };
}
