import { z } from 'zod';
import { shown } from '../../core/step/shown.ts';
import type { KubernetesObject } from '../../ports/kubernetes.ts';

const conditionSchema = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
});
const jobSchema = z.looseObject({
  status: z
    .looseObject({
      startTime: z.string().optional(),
      completionTime: z.string().optional(),
      conditions: z.array(conditionSchema).optional(),
    })
    .optional(),
});

/** How a Job ended; undefined while it is at work. */
export interface JobEnd {
  well: boolean;
  /** `BackoffLimitExceeded`, `DeadlineExceeded`, as Kubernetes names it; '' when it ended well. */
  reason: string;
}

export function endOf(job: KubernetesObject): JobEnd | undefined {
  const conditions = jobSchema.parse(job).status?.conditions ?? [];
  const ended = conditions.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
  return (
    ended && {
      well: ended.type === 'Complete',
      reason: ended.type === 'Complete' ? '' : (ended.reason ?? ''),
    }
  );
}

const stateSchema = z.looseObject({
  waiting: z.looseObject({ reason: z.string().default(''), message: z.string().default('') }).optional(),
  running: z.looseObject({}).optional(),
  terminated: z.looseObject({ exitCode: z.number(), reason: z.string().default('') }).optional(),
});
const podSchema = z.looseObject({
  status: z
    .looseObject({
      phase: z.string().default('Pending'),
      conditions: z.array(conditionSchema).default([]),
      containerStatuses: z
        .array(z.looseObject({ name: z.string(), state: stateSchema.default({}) }))
        .default([]),
    })
    .prefault({}),
});

/** What a pod of a Job says of itself. */
export interface PodState {
  name: string;
  /** Its first container runs or has run, so that it has an output. */
  hasOutput: boolean;
  /** Of the first container that ended. */
  exit: { code: number; reason: string } | undefined;
  /** One line about what it is at, or why it is not. */
  words: string;
}

export function podState(pod: KubernetesObject): PodState {
  const { phase, conditions, containerStatuses } = podSchema.parse(pod).status;
  const states = containerStatuses.map(({ state }) => state);
  const ended = states.find(({ terminated }) => terminated)?.terminated;
  const waiting = states.find(({ waiting: held }) => held)?.waiting;
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  const told = waiting ?? unscheduled;
  const why = [told?.reason, told?.message].filter(Boolean).join(': ');
  const exit = ended && { code: ended.exitCode, reason: ended.reason };
  return {
    name: pod.metadata.name,
    hasOutput: states.some(({ running, terminated }) => running !== undefined || terminated !== undefined),
    exit,
    words: exit ? exitWords(exit) : shown(why === '' ? phase.toLowerCase() : `waits: ${why}`, 300),
  };
}

/** "exit code 3", "exit code 137 (OOMKilled)". */
export function exitWords({ code, reason }: { code: number; reason: string }): string {
  const more = reason === '' || reason === 'Error' || reason === 'Completed' ? '' : ` (${shown(reason, 60)})`;
  return `exit code ${code}${more}`;
}
