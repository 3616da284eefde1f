import { z } from 'zod';
import { noticeSchema } from '../../src/core/alerts/notice.ts';
import { environmentsSchema } from '../../src/core/environments.ts';
import { playbookSchema } from '../../src/core/playbook/playbook.ts';

/** Where a bot ends or stops itself: at the n-th time that it passes a point, before or after what happens there. */
export const strikeSchema = z.strictObject({
  point: z.string(),
  nth: z.int().min(1),
  when: z.enum(['before', 'after']),
  signal: z.enum(['SIGKILL', 'SIGSTOP']),
});
export type Strike = z.infer<typeof strikeSchema>;

export const setupSchema = z.strictObject({
  redisUrl: z.string(),
  leaseTime: z.int().min(1).describe('Milliseconds'),
  playbook: playbookSchema,
  environments: environmentsSchema,
});
export type Setup = z.infer<typeof setupSchema>;

/** An alert as a sender tells it, read by the webhook's reader. */
const tellingSchema = noticeSchema.partial({ startsAt: true });

/** What a test tells a bot. `arm` forgets the points passed so far. */
export const orderSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('start'), setup: setupSchema }),
  z.strictObject({ do: z.literal('arm'), strike: strikeSchema.nullable() }),
  z.strictObject({ do: z.literal('points') }),
  z.strictObject({ do: z.literal('tell'), turn: z.int(), tellings: z.array(tellingSchema) }),
  z.strictObject({ do: z.literal('say'), turn: z.int(), account: z.string(), text: z.string() }),
]);
export type Order = z.infer<typeof orderSchema>;

/** The names of one point: an append is known by each of its facts. Each ends with ` #n`, the n-th of that name. */
const pointSchema = z.array(z.string()).min(1);
export type Passed = z.infer<typeof pointSchema>;

/** What a bot tells a test. */
export const newsSchema = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('loaded') }),
  z.strictObject({ is: z.literal('ready') }),
  z.strictObject({ is: z.literal('armed') }),
  z.strictObject({ is: z.literal('points'), points: z.array(pointSchema) }),
  z.strictObject({ is: z.literal('reply'), turn: z.int(), ok: z.boolean(), said: z.string() }),
  z.strictObject({ is: z.literal('fault'), what: z.string() }),
]);
export type News = z.infer<typeof newsSchema>;
