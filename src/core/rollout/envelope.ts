import { z } from 'zod';
import { actorSchema } from './actor.ts';

/** What every stored event carries around its fact: its place in the journal, and the hash that chains it. */
const envelope = {
  v: z.literal(1),
  seq: z.int().min(1),
  at: z.iso.datetime(),
  actor: actorSchema,
  prev: z.string(),
  hash: z.string(),
};

type Kinds = Readonly<Record<string, z.ZodType>>;

/** A fact of one of these kinds: its type, and the data that belong to it. */
export type FactOf<K extends Kinds> = { [T in keyof K & string]: { type: T; data: z.infer<K[T]> } }[keyof K &
  string];

/** Such a fact in its place in a journal: numbered from 1, and chained by hash to the one before. */
export type EventOf<K extends Kinds> = z.infer<z.ZodObject<typeof envelope>> & FactOf<K>;

type Option = z.ZodObject<typeof envelope & { type: z.ZodLiteral<string>; data: z.ZodType }>;

/** The schema of a journal whose facts are of these kinds; parsed when an event is written and when it is read. */
export function eventSchemaOf<K extends Kinds>(kinds: K): z.ZodType<EventOf<K>> {
  const options = Object.entries(kinds).map(([type, data]) =>
    z.strictObject({ ...envelope, type: z.literal(type), data }),
  ) as unknown as [Option, ...Option[]];
  return z.discriminatedUnion('type', options) as unknown as z.ZodType<EventOf<K>>;
}
