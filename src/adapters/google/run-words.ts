import { z } from 'zod';
import type { Ingress, TrafficShare } from '../../ports/google.ts';

const latest = 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST';
const byRevision = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION';

/** A traffic target, or its status. */
export const targetSchema = z.object({
  type: z.string().optional(),
  revision: z.string().optional(),
  percent: z.number().default(0),
  tag: z.string().optional(),
  uri: z.string().optional(),
});

export const byIngress = {
  all: 'INGRESS_TRAFFIC_ALL',
  internal: 'INGRESS_TRAFFIC_INTERNAL_ONLY',
  'internal-and-cloud-load-balancing': 'INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER',
  none: 'INGRESS_TRAFFIC_NONE',
} as const satisfies Record<Ingress, string>;

export function ingressOf(word: string | undefined): Ingress | undefined {
  const found = Object.entries(byIngress).find(([, known]) => known === word);
  return found?.[0] as Ingress | undefined;
}

/** Targets as shares; a status names its revision also where the target was the latest one. */
export function sharesOf(targets: readonly z.infer<typeof targetSchema>[]): TrafficShare[] {
  return targets.map(({ type, revision, percent, tag }) => ({
    revision: type === latest ? null : (revision?.slice(revision.lastIndexOf('/') + 1) ?? null),
    percent,
    ...(tag === undefined || tag === '' ? {} : { tag }),
  }));
}

/** Shares as targets; one without a share is there for its tag. */
export function targetsOf(shares: readonly TrafficShare[]): object[] {
  return shares.map(({ revision, percent, tag }) => ({
    ...(revision === null ? { type: latest } : { type: byRevision, revision }),
    ...(percent === 0 ? {} : { percent }),
    ...(tag === undefined ? {} : { tag }),
  }));
}
