import { z } from 'zod';

/** The user label by which what the bot made is found again. */
export const labelKey = 'cutover';

export const labels = z.record(z.string(), z.string()).default({});
/** A duration as Google writes it: `60s`. */
export const seconds = z
  .string()
  .regex(/^\d+(\.\d+)?s$/)
  .transform((text) => Number.parseFloat(text));

/** How one kind of things is written and read. */
export interface Form<Thing> {
  collection: string;
  read: z.ZodType<Thing>;
  write(thing: Thing): Record<string, unknown>;
  /** Fields that an update changes. */
  mask: string;
}
