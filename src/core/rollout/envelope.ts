import { z } from 'zod';
import { actorSchema } from './actor.ts';

/** What every stored event carries around its fact: its place in the journal, and the hash that chains it. */
export const eventEnvelope = {
  v: z.literal(1),
  seq: z.int().min(1),
  at: z.iso.datetime(),
  actor: actorSchema,
  prev: z.string(),
  hash: z.string(),
};
