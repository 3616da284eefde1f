import { z } from 'zod';

export const certificateSchema = z.strictObject({
  name: z.string(),
  id: z.string(),
  type: z.enum(['MANAGED', 'SELF_MANAGED']),
  creationTimestamp: z.string(),
  expireTime: z.string().optional(),
  subjectAlternativeNames: z.array(z.string()).optional(),
  /** The status of each domain of a managed one: ACTIVE, PROVISIONING, FAILED_NOT_VISIBLE … */
  domainStatus: z.record(z.string(), z.string()),
});
export type Certificate = z.infer<typeof certificateSchema>;

export const proxySchema = z.strictObject({
  name: z.string(),
  id: z.string(),
  creationTimestamp: z.string(),
  urlMap: z.string(),
  sslCertificates: z.array(z.string()),
  fingerprint: z.string(),
});
export type TargetProxy = z.infer<typeof proxySchema>;

export const computeOperationSchema = z.strictObject({
  name: z.string(),
  id: z.string(),
  project: z.string(),
  operationType: z.string(),
  target: z.string(),
  requestId: z.string().optional(),
  insertTime: z.string(),
  /** Milliseconds since the epoch; it is not done before. */
  due: z.number(),
  done: z.boolean(),
  certificates: z.array(z.string()),
});
export type ComputeOperation = z.infer<typeof computeOperationSchema>;

/** Each by `P/NAME`. */
export const computeStateSchema = z.strictObject({
  certificates: z.record(z.string(), certificateSchema),
  proxies: z.record(z.string(), proxySchema),
  operations: z.record(z.string(), computeOperationSchema),
});
export type ComputeState = z.infer<typeof computeStateSchema>;

const failures = ['FAILED_NOT_VISIBLE', 'FAILED_CAA_CHECKING', 'FAILED_CAA_FORBIDDEN', 'FAILED_RATE_LIMITED'];
/** What a domain of a managed certificate can be in. */
export const domainStatuses = ['ACTIVE', 'PROVISIONING', ...failures];

/** The certificate's own status follows from those of its domains. */
export function managedStatus({ domainStatus }: Certificate): string {
  const all = Object.values(domainStatus);
  if (all.every((status) => status === 'ACTIVE')) return 'ACTIVE';
  return all.some((status) => failures.includes(status)) ? 'PROVISIONING_FAILED' : 'PROVISIONING';
}
