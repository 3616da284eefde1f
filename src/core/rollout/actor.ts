import { z } from 'zod';

/** Where people talk to the bot. */
export const platformSchema = z.enum(['console', 'slack', 'telegram', 'cli']);
export type Platform = z.infer<typeof platformSchema>;

/** A room of a chat platform; `id` is the platform's own. */
export const channelSchema = z.strictObject({ platform: platformSchema, id: z.string().min(1) });
export type Channel = z.infer<typeof channelSchema>;

/** Who caused an event: a person of the policy (by their id there), or the bot itself. */
export const actorSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('person'), id: z.string(), name: z.string(), via: platformSchema }),
  z.strictObject({ kind: z.literal('bot'), id: z.string() }),
]);
export type Actor = z.infer<typeof actorSchema>;
export type Person = Extract<Actor, { kind: 'person' }>;

/** The actor of what the loop does by itself. */
export const theBot: Actor = { kind: 'bot', id: 'cutover' };
