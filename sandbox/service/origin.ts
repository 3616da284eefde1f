import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';

const originSchema = z.object({
  rollout: z.string().max(200).nullable(),
  epoch: z
    .string()
    .regex(/^\d{1,15}$/, 'a whole number')
    .transform(Number)
    .nullable(),
  step: z.string().max(200).nullable(),
  key: z.string().max(400).nullable(),
});

/** Who sent a mutating call: a rollout's step in a lease, or nobody that said so. */
export type Origin = z.infer<typeof originSchema>;

/** Reads the headers `cutover-rollout`, `cutover-epoch`, `cutover-step` and `idempotency-key`. */
export function originOf(headers: IncomingHttpHeaders): { origin: Origin } | { fault: string } {
  const parsed = originSchema.safeParse({
    rollout: headers['cutover-rollout'] ?? null,
    epoch: headers['cutover-epoch'] ?? null,
    step: headers['cutover-step'] ?? null,
    key: headers['idempotency-key'] ?? null,
  });
  return parsed.success ? { origin: parsed.data } : { fault: z.prettifyError(parsed.error) };
}
