import type { V1PodStatus } from '@kubernetes/client-node';
import { z } from 'zod';

/** How the containers of a pod are. `held`: nothing is said of them yet. */
export type ContainerState =
  | { is: 'held' }
  | { is: 'waiting'; reason: string; message?: string }
  | { is: 'running' }
  | { is: 'ready' }
  | { is: 'ended'; code: number; reason?: string };

export const podSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string(),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.looseObject({
    nodeName: z.string().optional(),
    containers: z.array(z.looseObject({ name: z.string(), image: z.string() })),
  }),
  status: z
    .looseObject({ phase: z.string().optional(), containerStatuses: z.array(z.unknown()).optional() })
    .optional(),
});
type Pod = z.infer<typeof podSchema>;

const phases = { waiting: 'Pending', running: 'Running', ready: 'Running' } as const;

/** The status that a kubelet would write; undefined when it stands there already, or nothing is to be said. */
export function statusOf(pod: Pod, state: ContainerState): V1PodStatus | undefined {
  if (state.is === 'held' || isOver(pod)) return undefined;
  const now = new Date();
  const ready = state.is === 'ready';
  const phase = state.is === 'ended' ? (state.code === 0 ? 'Succeeded' : 'Failed') : phases[state.is];
  const condition = (type: string, holds: boolean) => ({
    type,
    status: holds ? 'True' : 'False',
    lastTransitionTime: now,
  });
  const status: V1PodStatus = {
    phase,
    conditions: [
      condition('Initialized', true),
      condition('Ready', ready),
      condition('ContainersReady', ready),
      condition('PodScheduled', true),
    ],
    containerStatuses: pod.spec.containers.map(({ name, image }) => ({
      ...{ name, image, imageID: '', restartCount: 0, ready, started: state.is !== 'waiting' },
      state: containerState(state, now),
    })),
  };
  return isWritten(pod, status) ? undefined : status;
}

function containerState(state: Exclude<ContainerState, { is: 'held' }>, now: Date) {
  switch (state.is) {
    case 'waiting':
      return {
        waiting: { reason: state.reason, ...(state.message === undefined ? {} : { message: state.message }) },
      };
    case 'running':
    case 'ready':
      return { running: { startedAt: now } };
    case 'ended': {
      const reason = state.reason ?? (state.code === 0 ? 'Completed' : 'Error');
      return { terminated: { exitCode: state.code, reason, startedAt: now, finishedAt: now } };
    }
  }
}

function isOver({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** Times apart, so that a status is written once. */
function isWritten({ status }: Pod, wanted: V1PodStatus): boolean {
  return status?.phase === wanted.phase && told(status?.containerStatuses) === told(wanted.containerStatuses);
}

const statusesSchema = z.array(
  z.looseObject({ ready: z.boolean(), state: z.record(z.string(), z.unknown()) }),
);

function told(given: unknown): string {
  const statuses = statusesSchema.catch([]).parse(given);
  return JSON.stringify(statuses.map(({ ready, state }) => [ready, Object.entries(state).map(inShort)]));
}

function inShort([is, what]: [string, unknown]): unknown[] {
  const { reason = '', exitCode = '' } = z.looseObject({}).parse(what ?? {});
  return [is, reason, exitCode];
}
