import { z } from 'zod';

const texts = z.record(z.string(), z.string());

export const targetSchema = z.strictObject({
  type: z.string(),
  revision: z.string().optional(),
  percent: z.number().optional(),
  tag: z.string().optional(),
});
export type Target = z.infer<typeof targetSchema>;

const conditionSchema = z.strictObject({
  type: z.string(),
  state: z.string(),
  message: z.string().optional(),
  reason: z.string().optional(),
  revisionReason: z.string().optional(),
  lastTransitionTime: z.string(),
});
export type Condition = z.infer<typeof conditionSchema>;

const containerSchema = z.looseObject({
  name: z.string().optional(),
  image: z.string(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).optional(),
});

export const templateSchema = z.looseObject({
  revision: z.string().optional(),
  containers: z.array(containerSchema).min(1),
  labels: texts.optional(),
  annotations: texts.optional(),
});
export type Template = z.infer<typeof templateSchema>;

/** A service as it is kept; `int64` as numbers, short names of revisions. */
export const serviceSchema = z.looseObject({
  name: z.string(),
  uid: z.string(),
  generation: z.number(),
  observedGeneration: z.number(),
  labels: texts.optional(),
  annotations: texts.optional(),
  createTime: z.string(),
  updateTime: z.string(),
  ingress: z.string(),
  template: templateSchema,
  traffic: z.array(targetSchema),
  trafficStatuses: z.array(targetSchema),
  terminalCondition: conditionSchema,
  latestReadyRevision: z.string(),
  latestCreatedRevision: z.string(),
  reconciling: z.boolean(),
  etag: z.string(),
});
export type Service = z.infer<typeof serviceSchema>;

export const revisionSchema = z.strictObject({
  name: z.string(),
  service: z.string(),
  uid: z.string(),
  createTime: z.string(),
  template: templateSchema,
  state: z.enum(['starting', 'ready', 'failed']),
  message: z.string().optional(),
});
export type Revision = z.infer<typeof revisionSchema>;

export const operationSchema = z.strictObject({
  name: z.string(),
  service: z.string(),
  generation: z.number(),
  /** The revision that it makes; absent: it makes none. */
  revision: z.string().optional(),
  /** Milliseconds since the epoch; it is not done before. */
  due: z.number(),
  done: z.boolean(),
  error: z.strictObject({ code: z.number(), message: z.string() }).optional(),
});
export type Operation = z.infer<typeof operationSchema>;

/** Services by `projects/P/locations/L/services/S`, revisions by `…/services/S/revisions/R`, operations by name. */
export const runStateSchema = z.strictObject({
  services: z.record(z.string(), serviceSchema),
  revisions: z.record(z.string(), revisionSchema),
  operations: z.record(z.string(), operationSchema),
});
export type RunState = z.infer<typeof runStateSchema>;

export const byRevision = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION';
export const byLatest = 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST';

/** The last part of a resource's name. */
export function shortName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
