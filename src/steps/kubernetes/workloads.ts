import { z } from 'zod';
import { listed, shown } from '../../core/step/shown.ts';
import type { Cluster, KubernetesObject } from '../../ports/kubernetes.ts';
import { selectorOf } from './place.ts';
import { isReadyPod, whyNotReady } from './pods.ts';

export const workloadKinds = ['Deployment', 'StatefulSet', 'Job'] as const;
export type WorkloadKind = (typeof workloadKinds)[number];

export const apiOf: Record<WorkloadKind, string> = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  Job: 'batch/v1',
};

const conditionSchema = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(''),
  message: z.string().default(''),
});
const specSchema = z.object({
  replicas: z.number().default(1),
  completions: z.number().default(1),
  selector: z.object({ matchLabels: z.record(z.string(), z.string()).default({}) }).optional(),
});
const count = z.number().default(0);
const statusSchema = z.object({
  observedGeneration: count,
  replicas: count,
  updatedReplicas: count,
  availableReplicas: count,
  readyReplicas: count,
  succeeded: count,
  currentRevision: z.string().optional(),
  updateRevision: z.string().optional(),
  conditions: z.array(conditionSchema).default([]),
});

/** How far a workload is. */
export interface Progress {
  kind: string;
  name: string;
  ready: number;
  wanted: number;
  done: boolean;
  /** It won't get there by itself: the controller gave it up. */
  failed?: string;
}

/**
 * What `kubectl rollout status` goes by: the controller has seen the newest specification, all pods are of it and
 * available, and none of an older one is left.
 */
export function progressOf(object: KubernetesObject): Progress {
  const spec = specSchema.parse(object.spec ?? {});
  const status = statusSchema.parse(object.status ?? {});
  const common = { kind: object.kind, name: object.metadata.name };
  if (object.kind === 'Job') return { ...common, ...jobProgress(spec, status) };
  const seen = status.observedGeneration >= (object.metadata.generation ?? 0);
  const available = object.kind === 'StatefulSet' ? status.readyReplicas : status.availableReplicas;
  const ready = Math.min(available, status.updatedReplicas);
  const settled =
    object.kind === 'StatefulSet' ? sameRevision(status) : status.replicas <= status.updatedReplicas;
  const late = status.conditions.find(({ reason }) => reason === 'ProgressDeadlineExceeded');
  const failed = seen && late !== undefined ? { failed: 'its progress deadline is over' } : {};
  const done = seen && ready >= spec.replicas && settled;
  return { ...common, ready: seen ? ready : 0, wanted: spec.replicas, done, ...(done ? {} : failed) };
}

function sameRevision({ currentRevision, updateRevision }: z.infer<typeof statusSchema>): boolean {
  return updateRevision === undefined || currentRevision === updateRevision;
}

function jobProgress(spec: z.infer<typeof specSchema>, status: z.infer<typeof statusSchema>) {
  const { succeeded: ready } = status;
  const broken = status.conditions.find(
    (condition) => condition.type === 'Failed' && condition.status === 'True',
  );
  const failed = broken === undefined ? {} : { failed: shown(`${broken.reason}: ${broken.message}`, 200) };
  return { ready, wanted: spec.completions, done: ready >= spec.completions, ...failed };
}

/** `4 of 6 Deployments ready`, and of each kind. */
export function tally(all: readonly Progress[]): string {
  const kinds = [...new Set(all.map(({ kind }) => kind))];
  const parts = kinds.map((kind) => {
    const some = all.filter((progress) => progress.kind === kind);
    return `${some.filter(({ done }) => done).length} of ${some.length} ${kind}s ready`;
  });
  return listed(parts);
}

/** Why a workload isn't there yet: its own conditions, its pods', and the newest warning about them. */
export async function whyWaiting(
  cluster: Cluster,
  workload: KubernetesObject,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { namespace = '' } = workload.metadata;
  const failure = statusSchema
    .parse(workload.status ?? {})
    .conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  if (failure !== undefined) return shown(failure.message, 200);
  const labels = specSchema.parse(workload.spec ?? {}).selector?.matchLabels ?? {};
  if (Object.keys(labels).length === 0) return undefined;
  const selection = { apiVersion: 'v1', kind: 'Pod', namespace, labels: selectorOf(labels) };
  const waiting = (await cluster.list(selection, signal)).filter(
    (pod) => !isReadyPod(pod) && pod.metadata.deletionTimestamp === undefined,
  );
  const told = waiting.map(whyNotReady).find((why) => why !== undefined);
  const [first] = waiting;
  if (told !== undefined || first === undefined) return told;
  return (await warningAbout(cluster, first, signal)) ?? 'no node has taken its pod yet';
}

const eventSchema = z.object({
  reason: z.string().default(''),
  message: z.string().default(''),
  lastTimestamp: z.string().nullish(),
  eventTime: z.string().nullish(),
});

async function warningAbout(
  cluster: Cluster,
  { metadata: { name, namespace = '' } }: KubernetesObject,
  signal: AbortSignal,
): Promise<string | undefined> {
  const fields = `involvedObject.name=${name},type=Warning`;
  const events = await cluster.list({ apiVersion: 'v1', kind: 'Event', namespace, fields }, signal);
  const told = events.map((event) => eventSchema.parse(event));
  const at = (event: z.infer<typeof eventSchema>) => event.lastTimestamp ?? event.eventTime ?? '';
  const newest = told.sort((a, b) => at(a).localeCompare(at(b))).at(-1);
  return newest === undefined ? undefined : shown(`${newest.reason}: ${newest.message}`, 200);
}
