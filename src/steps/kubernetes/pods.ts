import { z } from 'zod';
import { shown } from '../../core/step/shown.ts';
import type { KubernetesObject } from '../../ports/kubernetes.ts';

const stateSchema = z.object({
  waiting: z.object({ reason: z.string().default('waiting'), message: z.string().default('') }).optional(),
  terminated: z
    .object({ reason: z.string().default('ended'), exitCode: z.number(), message: z.string().default('') })
    .optional(),
});
const containerSchema = z.object({
  name: z.string(),
  ready: z.boolean().default(false),
  restartCount: z.number().default(0),
  state: stateSchema.default({}),
});
const statusSchema = z.object({
  phase: z.string().default('Pending'),
  conditions: z
    .array(
      z.object({
        type: z.string(),
        status: z.string(),
        reason: z.string().default(''),
        message: z.string().default(''),
      }),
    )
    .default([]),
  initContainerStatuses: z.array(containerSchema).default([]),
  containerStatuses: z.array(containerSchema).default([]),
});

function statusOf({ status }: KubernetesObject): z.infer<typeof statusSchema> {
  return statusSchema.parse(status ?? {});
}

export function isReadyPod(pod: KubernetesObject): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  return statusOf(pod).conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Why a pod isn't ready, as its own conditions tell; undefined when they tell nothing. */
export function whyNotReady(pod: KubernetesObject): string | undefined {
  const { phase, conditions, initContainerStatuses, containerStatuses } = statusOf(pod);
  for (const container of [...initContainerStatuses, ...containerStatuses]) {
    const why = containerTrouble(container);
    if (why !== undefined) return why;
  }
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (unscheduled !== undefined) return worded(unscheduled.reason, unscheduled.message);
  if (phase === 'Failed') return 'Failed';
  const unready = containerStatuses.filter(({ ready }) => !ready).map(({ name }) => name);
  return unready.length === 0 ? undefined : `${unready.join(', ')} runs and is not ready`;
}

function containerTrouble({
  name,
  state,
  restartCount,
}: z.infer<typeof containerSchema>): string | undefined {
  const { waiting, terminated } = state;
  if (
    waiting !== undefined &&
    waiting.reason !== 'ContainerCreating' &&
    waiting.reason !== 'PodInitializing'
  ) {
    const often = restartCount > 0 ? ` after ${restartCount} restarts` : '';
    return `${worded(waiting.reason, waiting.message)}${often} (${name})`;
  }
  if (terminated !== undefined && terminated.exitCode !== 0)
    return `${terminated.reason}, exit code ${terminated.exitCode} (${name})`;
  return undefined;
}

function worded(reason: string, message: string): string {
  return message === '' ? reason : `${reason}: ${shown(message, 160)}`;
}
