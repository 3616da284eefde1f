import { z } from 'zod';
import { eventEnvelope as envelope } from '../rollout/envelope.ts';

const instant = z.iso.datetime();

const data = {
  'environment.claimed': z.strictObject({ rollout: z.string() }),
  'environment.released': z.strictObject({ rollout: z.string() }),
  'environment.locked': z.strictObject({ reason: z.string() }),
  'environment.unlocked': z.strictObject({ reason: z.string().optional() }),
  'environment.frozen': z.strictObject({
    freeze: z.string(),
    from: instant,
    to: instant,
    reason: z.string(),
  }),
  'environment.thawed': z.strictObject({ freeze: z.string() }),
} as const;

/** What happened to an environment. */
export type EnvironmentFact = {
  [T in keyof typeof data]: { type: T; data: z.infer<(typeof data)[T]> };
}[keyof typeof data];

/** An environment's fact in its place in the environment's own journal. */
export type EnvironmentEvent = z.infer<z.ZodObject<typeof envelope>> & EnvironmentFact;

type Option = z.ZodObject<typeof envelope & { type: z.ZodLiteral<EnvironmentFact['type']>; data: z.ZodType }>;

const options = Object.entries(data).map(([type, schema]) =>
  z.strictObject({ ...envelope, type: z.literal(type as EnvironmentFact['type']), data: schema }),
) as unknown as [Option, ...Option[]];

export const environmentEventSchema = z.discriminatedUnion(
  'type',
  options,
) as unknown as z.ZodType<EnvironmentEvent>;
