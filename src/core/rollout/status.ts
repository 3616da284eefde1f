import { isLetPass } from './closing.ts';
import { currentPhase } from './phases.ts';
import type { Plan } from './plan.ts';
import type { RolloutState, RolloutStatus, StepState } from './state.ts';

/** Cards, decisions and pages ask again and again, and the answer goes through all steps. */
const known = new WeakMap<RolloutState, { plan: Plan; status: RolloutStatus }>();

/** What the rollout is in, in the words that other tools rely on. */
export function statusOf(plan: Plan, state: RolloutState): RolloutStatus {
  const before = known.get(state);
  if (before?.plan === plan) return before.status;
  const status = readStatus(plan, state);
  known.set(state, { plan, status });
  return status;
}

function readStatus(plan: Plan, state: RolloutState): RolloutStatus {
  if (state.rollback) return rollbackStatus(plan, state);
  if (state.aborted) return 'aborted';
  if (state.succeeded) return 'succeeded';
  if (!state.startedAt) return 'planned';
  if (!state.hypercare) return forwardStatus(plan, state);
  return state.hypercare.endedAt === undefined ? 'hypercare' : closingStatus(plan, state);
}

/** The steps at hypercare's end belong to it: it stays `hypercare` while they run and wait, and says when one stops. */
function closingStatus(plan: Plan, state: RolloutState): RolloutStatus {
  const status = forwardStatus(plan, state);
  return status === 'running' || status === 'waiting' ? 'hypercare' : status;
}

function rollbackStatus(plan: Plan, state: RolloutState): RolloutStatus {
  if (state.rollback?.finishedAt) return 'rolled-back';
  const steps = plan.playbook.rollback.map((step) => ({ step, now: state.steps[step.id] }));
  if (steps.some(({ step, now }) => now?.status === 'failed' && step.onFailure !== 'continue'))
    return 'rollback-failed';
  if (steps.some(({ now }) => now?.status === 'in-doubt')) return 'in-doubt';
  return 'rolling-back';
}

function forwardStatus(plan: Plan, state: RolloutState): RolloutStatus {
  const phase = currentPhase(plan, state);
  const steps = (phase?.steps ?? []).map((step) => ({ step, now: state.steps[step.id] }));
  if (steps.some(({ now }) => now?.status === 'in-doubt')) return 'in-doubt';
  if (steps.some(({ step, now }) => now?.status === 'failed' && !isLetPass(plan, step))) return 'failed';
  if (state.paused) return 'paused';
  const waiting = steps.some(({ now }) => isWaitingForPeople(now));
  const busy = steps.some(({ now }) => now?.status === 'running' || isWaitingForTime(now));
  return waiting && !busy ? 'waiting' : 'running';
}

/** A step that only a person's answer can move on. */
export function isWaitingForPeople(step: StepState | undefined): boolean {
  return step?.status === 'waiting' && step.waiting?.for !== 'time' && !step.unseen;
}

function isWaitingForTime(step: StepState | undefined): boolean {
  return step?.status === 'waiting' && step.waiting?.for === 'time';
}

const ended: ReadonlySet<RolloutStatus> = new Set(['rolled-back', 'aborted', 'succeeded']);

/** Nothing more will happen by itself. Hypercare is not an end. */
export function isEnded(plan: Plan, state: RolloutState): boolean {
  return ended.has(statusOf(plan, state)) && state.released;
}
