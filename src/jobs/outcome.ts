import { milliseconds } from '../core/playbook/duration.ts';
import type { Fact } from '../core/rollout/event.ts';
import { stepsOf } from '../core/rollout/steps.ts';
import { iso } from '../ports/clock.ts';
import type { Rollout } from '../ports/rollouts.ts';
import type { StepResult } from '../ports/step.ts';
import type { Session } from './session.ts';

/** The journal's word for how a step ended. */
export function factOf(rollout: Rollout, step: string, result: StepResult, now: number): Fact {
  if (result.status === 'failed') {
    const { status: _, retryable, ...said } = result;
    const retryAt = retryable ? nextAttempt(rollout, step, now) : undefined;
    return { type: 'step.failed', data: { step, ...said, ...(retryAt === undefined ? {} : { retryAt }) } };
  }
  const { status, ...said } = result;
  return { type: `step.${status}`, data: { step, ...said } } as Fact;
}

/** When the playbook's `retry` has the next attempt; undefined when the attempts are used up. */
function nextAttempt({ plan, state }: Rollout, step: string, now: number): string | undefined {
  const retry = stepsOf(plan).get(step)?.step.retry;
  const current = state.steps[step];
  if (!retry || !current || current.attempts - current.forgiven >= retry.attempts) return undefined;
  return iso(now + milliseconds(retry.delay));
}

/** A step that broke, in the words of what broke it. */
export function failed(
  session: Session,
  step: string,
  error: unknown,
  { retryable = false, now = 0 }: { retryable?: boolean; now?: number } = {},
): Fact {
  const summary = error instanceof Error ? error.message : String(error);
  return factOf(session.rollout(), step, { status: 'failed', summary, retryable }, now);
}

/** A step of which nobody knows whether it took effect. */
export function doubtful(step: string, why: string, known: readonly string[]): Fact {
  return {
    type: 'step.doubted',
    data: { step, summary: `${why}; whether it took effect is not known`, known: [...known] },
  };
}
