import { z } from 'zod';
import { digestOf } from '../json.ts';
import { playbookSchema } from '../playbook/playbook.ts';

/** A named way to reach a system: `{ kind: prometheus, url }`; each step kind checks the fields it needs. */
export const connectionSchema = z.looseObject({ kind: z.string() });
export type Connection = z.infer<typeof connectionSchema>;

/**
 * All that a rollout will do, resolved when it starts and pinned: editing a playbook, an environment or
 * the policy's quorum never changes a running rollout. Secrets stand in it by name only.
 */
export const planSchema = z.strictObject({
  v: z.literal(1),
  playbook: playbookSchema,
  environment: z.strictObject({
    name: z.string(),
    vars: z.record(z.string(), z.json()),
    connections: z.record(z.string(), connectionSchema),
    quorum: z.int().min(1).describe('The least number of approvals that the policy asks for here'),
    checkIns: z.array(z.string()).optional().describe('When the policy asks hypercare to tell how it goes'),
  }),
  target: z.string().nullable(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  digests: z
    .record(z.string(), z.string())
    .optional()
    .describe('What was pinned while it ran: the digest of each reference, such as of an image’s tag'),
});
export type Plan = z.infer<typeof planSchema>;

/** What an approval is bound to: the SHA-256 of the plan's canonical JSON. */
export function planDigest(plan: Plan): string {
  return digestOf(plan);
}
