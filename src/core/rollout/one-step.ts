import type { Json } from '../json.ts';
import type { RollbackStep, Step } from '../playbook/playbook.ts';
import { isLetPass } from './closing.ts';
import type { Fact } from './event.ts';
import { conditionHolds, resolveInput } from './inputs.ts';
import { whyNotNeeded } from './not-needed.ts';
import type { Plan } from './plan.ts';
import type { RolloutState, StepState } from './state.ts';

/** A step to be carried on. `recover`: an intent stands in the journal and nobody is at work on it. */
export type Work =
  | { mode: 'start'; step: string; attempt: number; input: Json }
  | { mode: 'resume' | 'recover'; step: string };

/** What the loop has to do now. */
export type Next =
  /** Record these; `release` gives the environment back in the same atomic step. */
  | { do: 'record'; facts: Fact[]; release?: boolean }
  | { do: 'work'; work: Work[] }
  /** Ended or overtaken: stop what is still at work on these steps, then ask again. */
  | { do: 'stop'; steps: string[]; why: string }
  /** A scheduled start is due. */
  | { do: 'launch' }
  /** Hypercare: the watch looks when it is due; something else is to be done at `until` (milliseconds since the epoch). */
  | { do: 'look'; until: number }
  /** Hypercare: say how it went so far, at a check-in (so long after its beginning), or at the end of the window. */
  | { do: 'sum-up'; at: { checkIn: string } | 'end' }
  /** Nothing before `until` (milliseconds since the epoch), or before somebody does something. */
  | { do: 'rest'; until?: number };

/** The steps that this worker is at work on right now. */
export type AtWork = ReadonlySet<string>;

/** What one open step asks for; `urgent` is done even when the rollout is paused or a sibling stopped. */
export interface Choice {
  next: Next;
  urgent: boolean;
}

export function oneStep(
  plan: Plan,
  state: RolloutState,
  step: Step | RollbackStep,
  now: number,
  atWork: AtWork,
): Choice {
  const current = state.steps[step.id];
  if (!current || atWork.has(step.id)) return { next: { do: 'rest' }, urgent: false };
  if (current.status === 'running') {
    return { next: { do: 'work', work: [{ mode: 'recover', step: step.id }] }, urgent: true };
  }
  if (isStopped(current)) return { next: stopped(step, current), urgent: true };
  const paused = state.paused !== undefined && !state.rollback;
  if (paused) return { next: { do: 'rest' }, urgent: false };
  if (current.status === 'waiting') return { next: waiting(current, step.id, now), urgent: false };
  return { next: pending(plan, state, step, current, now), urgent: false };
}

function isStopped(step: StepState | undefined): boolean {
  return step?.status === 'failed' || step?.status === 'in-doubt';
}

/** A failure may roll back by itself; a doubt never does: what is not known is a person's to decide. */
function stopped(step: Step | RollbackStep, { status }: StepState): Next {
  if (step.onFailure !== 'rollback' || status === 'in-doubt') return { do: 'rest' };
  const reason = `${step.name ?? step.id} failed`;
  return { do: 'record', facts: [{ type: 'rollback.requested', data: { reason } }] };
}

function waiting(current: StepState, step: string, now: number): Next {
  const until = current.waiting?.until === undefined ? undefined : Date.parse(current.waiting.until);
  if (current.unseen || (until !== undefined && until <= now))
    return { do: 'work', work: [{ mode: 'resume', step }] };
  return until === undefined ? { do: 'rest' } : { do: 'rest', until };
}

function pending(
  plan: Plan,
  state: RolloutState,
  step: Step | RollbackStep,
  current: StepState,
  now: number,
): Next {
  const from = current.notBefore === undefined ? now : Date.parse(current.notBefore);
  if (from > now) return { do: 'rest', until: from };
  const holds = conditionHolds(plan, state, step);
  if ('error' in holds) return unresolved(step.id, holds.error);
  if (!holds.value) return skipped(plan, state, step);
  const input = resolveInput(plan, state, step);
  if ('error' in input) return unresolved(step.id, input.error);
  return {
    do: 'work',
    work: [{ mode: 'start', step: step.id, attempt: current.attempts + 1, input: input.value }],
  };
}

function skipped(plan: Plan, state: RolloutState, step: Step | RollbackStep): Next {
  const reason = state.rollback ? 'Nothing to undo here' : whyNotNeeded(plan, state, step);
  return { do: 'record', facts: [{ type: 'step.skipped', data: { step: step.id, reason } }] };
}

function unresolved(step: string, error: string): Next {
  return { do: 'record', facts: [{ type: 'step.failed', data: { step, summary: error } }] };
}

/** A step that nothing more is to be done about. */
export function isDone(plan: Plan, step: Step | RollbackStep, now: StepState | undefined): boolean {
  const over = now?.status === 'succeeded' || now?.status === 'skipped';
  return over || (now?.status === 'failed' && isLetPass(plan, step));
}
