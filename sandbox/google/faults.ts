import { z } from 'zod';

const ruleSchema = z.strictObject({
  method: z.string().optional(),
  path: z.string().default('').describe('A part of the path; empty: each'),
  times: z.int().min(1).default(1).describe('How many requests it meets'),
  status: z.int().min(400).max(599).optional().describe('Answered in place of the method, which is not run'),
  lose: z
    .enum(['request', 'reply'])
    .optional()
    .describe('The connection is cut before or after the method ran'),
  delayMs: z.int().min(0).max(60_000).default(0),
  retryAfter: z.string().optional(),
  reason: z.string().optional().describe('Why, as the APIs older than google.rpc tell it: rateLimitExceeded'),
});
export type Rule = z.infer<typeof ruleSchema>;

/** What goes wrong on purpose. */
export const googleFaultsSchema = z.strictObject({
  operationMs: z.int().min(0).max(600_000).default(200).describe('How long an operation takes'),
  metricMs: z
    .int()
    .min(0)
    .max(600_000)
    .default(0)
    .describe('How long it takes until Monitoring knows a new metric'),
  badImages: z
    .array(z.string().min(1))
    .default([])
    .describe('Images with one of these in them never become ready'),
  errors: z
    .record(z.string(), z.number().min(0).max(1))
    .default({})
    .describe('Revisions of images with this in them fail this share of their requests, from their start on'),
  rules: z.array(ruleSchema).default([]),
});
export type GoogleFaults = z.infer<typeof googleFaultsSchema>;

/** The faults that are on; a rule that met its requests is over. */
export interface FaultBoard {
  readonly faults: GoogleFaults;
  set(faults: GoogleFaults): void;
  /** The rule that this request meets. */
  meet(method: string, path: string): Rule | undefined;
}

export function faultBoard(first: GoogleFaults = googleFaultsSchema.parse({})): FaultBoard {
  let faults = structuredClone(first);
  return {
    get faults() {
      return faults;
    },
    set(next) {
      faults = structuredClone(next);
    },
    meet(method, path) {
      const rule = faults.rules.find(
        (each) => (each.method ?? method) === method && path.includes(each.path),
      );
      if (rule === undefined) return undefined;
      rule.times -= 1;
      if (rule.times === 0) faults.rules = faults.rules.filter((each) => each !== rule);
      return rule;
    },
  };
}
