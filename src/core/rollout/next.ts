import type { Json } from '../json.ts';
import { milliseconds } from '../playbook/duration.ts';
import type { RollbackStep, Step } from '../playbook/playbook.ts';
import type { Fact } from './event.ts';
import { conditionHolds, resolveInput } from './inputs.ts';
import type { Plan } from './plan.ts';
import type { RolloutState, StepState } from './state.ts';
import { currentPhase } from './status.ts';

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
  /** Hypercare: the watch looks when it is due; the window ends at `until` (milliseconds since the epoch). */
  | { do: 'look'; until: number }
  /** Nothing before `until` (milliseconds since the epoch), or before somebody does something. */
  | { do: 'rest'; until?: number };

/** The steps that this worker is at work on right now. */
export type AtWork = ReadonlySet<string>;

/**
 * Decides what a rollout does next. Pure, and total: every state has an answer. A rollback goes before
 * everything else, then an abort, then what a crash left behind, then the plan.
 */
export function next(plan: Plan, state: RolloutState, now: number, atWork: AtWork): Next {
  if (state.rollback) return nextOfRollback(plan, state, now, atWork);
  if (state.aborted) return nextOfAbort(state, atWork);
  if (state.succeeded) return { do: 'rest' };
  if (!state.startedAt) return nextOfSchedule(state, now);
  if (state.hypercare) return nextOfHypercare(plan, state, now);
  return nextOfPhases(plan, state, now, atWork);
}

function nextOfSchedule({ startAt }: RolloutState, now: number): Next {
  const due = startAt === undefined ? now : Date.parse(startAt);
  return due <= now ? { do: 'launch' } : { do: 'rest', until: due };
}

function nextOfAbort(state: RolloutState, atWork: AtWork): Next {
  if (state.released) return { do: 'rest' };
  const stop = overtaken(state, new Set(), 'Interrupted: the rollout was aborted', atWork);
  return stop ?? { do: 'record', facts: [{ type: 'rollout.released', data: {} }], release: true };
}

/** Steps outside of `keep` whose intent has no outcome: stopped if at work here, and recorded as interrupted. */
function overtaken(
  state: RolloutState,
  keep: ReadonlySet<string>,
  why: string,
  atWork: AtWork,
): Next | undefined {
  const running = Object.entries(state.steps).flatMap(([id, step]) =>
    !keep.has(id) && (step.status === 'running' || step.status === 'waiting') ? [id] : [],
  );
  const busy = [...atWork].filter((id) => !keep.has(id));
  if (busy.length > 0) return { do: 'stop', steps: busy, why };
  if (running.length === 0) return undefined;
  return {
    do: 'record',
    facts: running.map((step): Fact => ({ type: 'step.interrupted', data: { step, why } })),
  };
}

function nextOfRollback(plan: Plan, state: RolloutState, now: number, atWork: AtWork): Next {
  if (state.rollback?.finishedAt) return { do: 'rest' };
  const steps = plan.playbook.rollback;
  const keep = new Set(steps.map(({ id }) => id));
  const stop = overtaken(state, keep, 'Interrupted by the rollback', atWork);
  if (stop) return stop;
  const open = steps.find((step) => !isDone(step, state.steps[step.id]));
  if (open) return oneStep(plan, state, open, now, atWork).next;
  return {
    do: 'record',
    facts: [
      { type: 'rollback.finished', data: {} },
      { type: 'rollout.released', data: {} },
    ],
    release: true,
  };
}

function isOver(step: StepState | undefined): boolean {
  return step?.status === 'succeeded' || step?.status === 'skipped';
}

function isStopped(step: StepState | undefined): boolean {
  return step?.status === 'failed' || step?.status === 'in-doubt';
}

function nextOfHypercare(plan: Plan, { hypercare }: RolloutState, now: number): Next {
  if (!hypercare) return { do: 'rest' };
  const until = Date.parse(hypercare.until);
  if (until <= now) return { do: 'record', facts: [{ type: 'rollout.succeeded', data: {} }] };
  if (!plan.playbook.hypercare?.watch) return { do: 'rest', until };
  return { do: 'look', until };
}

function nextOfPhases(plan: Plan, state: RolloutState, now: number, atWork: AtWork): Next {
  const phase = currentPhase(plan, state);
  if (!phase) return afterPhases(plan, now);
  const isOpen = (step: Step) => !isDone(step, state.steps[step.id]);
  const open = phase.parallel ? phase.steps.filter(isOpen) : [phase.steps.find(isOpen) ?? []].flat();
  if (open.length === 0) {
    return { do: 'record', facts: [{ type: 'phase.finished', data: { phase: phase.name } }] };
  }
  return merge(open.map((step) => oneStep(plan, state, step, now, atWork)));
}

function isDone(step: Step | RollbackStep, now: StepState | undefined): boolean {
  return isOver(now) || (now?.status === 'failed' && step.onFailure === 'continue');
}

function afterPhases(plan: Plan, now: number): Next {
  const released: Fact = { type: 'rollout.released', data: {} };
  const { hypercare } = plan.playbook;
  if (!hypercare) {
    return { do: 'record', facts: [{ type: 'rollout.succeeded', data: {} }, released], release: true };
  }
  const until = new Date(now + milliseconds(hypercare.window)).toISOString();
  return { do: 'record', facts: [{ type: 'hypercare.started', data: { until } }, released], release: true };
}

/** What one open step asks for; `urgent` is done even when the rollout is paused or a sibling stopped. */
interface Choice {
  next: Next;
  urgent: boolean;
}

function oneStep(
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
  if (!holds.value) return skipped(step, state);
  const input = resolveInput(plan, state, step);
  if ('error' in input) return unresolved(step.id, input.error);
  return {
    do: 'work',
    work: [{ mode: 'start', step: step.id, attempt: current.attempts + 1, input: input.value }],
  };
}

function skipped(step: Step | RollbackStep, state: RolloutState): Next {
  const reason = state.rollback ? 'Nothing to undo here' : `Not needed: ${step.when}`;
  return { do: 'record', facts: [{ type: 'step.skipped', data: { step: step.id, reason } }] };
}

function unresolved(step: string, error: string): Next {
  return { do: 'record', facts: [{ type: 'step.failed', data: { step, summary: error } }] };
}

/** Side by side: facts first, then all the work at once, and no new work beside a step that has stopped. */
function merge(choices: Choice[]): Next {
  const record = choices.find(({ next }) => next.do === 'record');
  if (record) return record.next;
  const halted = choices.some(({ next, urgent }) => urgent && next.do === 'rest');
  const work = choices.flatMap(({ next, urgent }) =>
    next.do === 'work' && (urgent || !halted) ? next.work : [],
  );
  if (work.length > 0) return { do: 'work', work };
  const times = choices.flatMap(({ next }) =>
    next.do === 'rest' && next.until !== undefined ? [next.until] : [],
  );
  return times.length > 0 ? { do: 'rest', until: Math.min(...times) } : { do: 'rest' };
}
