import { z } from 'zod';

export const collections = ['uptimeCheckConfigs', 'alertPolicies', 'notificationChannels'] as const;
export type Collection = (typeof collections)[number];

const resourceSchema = z.looseObject({ name: z.string() });

/** What Monitoring, Logging and Secret Manager keep, by full names. */
export const operationsStateSchema = z.strictObject({
  uptimeCheckConfigs: z.record(z.string(), resourceSchema),
  alertPolicies: z.record(z.string(), resourceSchema),
  notificationChannels: z.record(z.string(), resourceSchema),
  /** Metrics that are counted from logs. */
  metrics: z.record(z.string(), z.record(z.string(), z.json())).default({}),
  buckets: z.record(
    z.string(),
    z.strictObject({ retentionDays: z.number(), locked: z.boolean(), description: z.string().optional() }),
  ),
  /** The states of each secret's versions, the first one first. */
  secrets: z.record(z.string(), z.array(z.enum(['ENABLED', 'DISABLED', 'DESTROYED']))),
});
export type OperationsState = z.infer<typeof operationsStateSchema>;
