import { createHash } from 'node:crypto';
import type { GoogleCloud } from '../../ports/google.ts';
import { ServiceError } from '../../ports/service.ts';
import type { PlanContext, StepContext, StepResult } from '../../ports/step.ts';
import { connectionOf } from '../evidence/connection.ts';
import { callerOf } from '../service/caller.ts';

interface Connected {
  connection: string;
}

/** Google Cloud as a step's connection reaches it, for its rollout. */
export function googleOf(context: StepContext<Connected>): GoogleCloud {
  const { environment, input, world } = context;
  return world.google(connectionOf(environment.connections, input.connection), callerOf(context));
}

/** The same for a plan, which belongs to no rollout yet. */
export function googleForPlan({ environment, input, world }: PlanContext<Connected>): GoogleCloud {
  return world.google(connectionOf(environment.connections, input.connection));
}

/** Who makes a change: the same after a crash, another one in a later attempt. */
export function markOf({ rollout, step }: StepContext<unknown>): string {
  return `${rollout.id}/${step.id}/${step.attempt}`;
}

/** A UUID that stands for a change: the same one whenever it is asked for again (RFC 9562, 5.8). */
export function requestIdOf(context: StepContext<unknown>): string {
  const { rollout } = context;
  const hex = createHash('sha256')
    .update(`${markOf(context)} ${rollout.playbook}`)
    .digest('hex');
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) % 4];
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

const planTimeout = 3_000;

/** What a plan reads; undefined with a word for people where it can't be read from here. */
export async function readForPlan<T>(
  read: (signal: AbortSignal) => Promise<T>,
): Promise<{ value: T } | { unread: string }> {
  try {
    return { value: await read(AbortSignal.timeout(planTimeout)) };
  } catch (error) {
    return { unread: `not readable (${error instanceof Error ? error.message : String(error)})` };
  }
}

/** What Google refused or could not do, as the step's own failure; all else is thrown on. */
export function failedBy(error: unknown): StepResult {
  if (!(error instanceof ServiceError) || error.reason === 'doubtful') throw error;
  return { status: 'failed', summary: error.message, retryable: error.reason !== 'refused' };
}

/** Whether a value is an expression that is not computed yet. */
export function isOpen(value: unknown): value is string {
  return typeof value === 'string' && value.includes('${{');
}
