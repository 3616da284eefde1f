import { z } from 'zod';
import { type EventOf, eventSchemaOf, type FactOf } from '../rollout/envelope.ts';

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
export type EnvironmentFact = FactOf<typeof data>;

/** An environment's fact in its place in the environment's own journal. */
export type EnvironmentEvent = EventOf<typeof data>;

export const environmentEventSchema = eventSchemaOf(data);
