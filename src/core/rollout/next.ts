import { milliseconds } from '../playbook/duration.ts';
import type { Step } from '../playbook/playbook.ts';
import { nextCheckIn } from './check-ins.ts';
import { whyLeftOut } from './closing.ts';
import { cancelledByRollback, dutiesNow } from './duties.ts';
import type { Fact } from './event.ts';
import { whyInterrupted } from './left-behind.ts';
import { type AtWork, type Choice, isDone, type Next, oneStep } from './one-step.ts';
import { closingSteps, currentPhase } from './phases.ts';
import type { Plan } from './plan.ts';
import type { RolloutState } from './state.ts';

export type { AtWork, Next, Work } from './one-step.ts';

/**
 * Decides what a rollout does next. Pure, and total: every state has an answer. A rollback goes before
 * everything else, then an abort, then what a crash left behind, then the plan. Duties are reminded of in every state,
 * also when the rollout has long ended.
 */
export function next(plan: Plan, state: RolloutState, now: number, atWork: AtWork): Next {
  const duties = dutiesNow({ plan, state }, now);
  if (duties.facts.length > 0) return { do: 'record', facts: duties.facts };
  const decided = nextOfCourse(plan, state, now, atWork);
  if (duties.again === undefined) return decided;
  if (decided.do !== 'rest' && decided.do !== 'look') return decided;
  return { ...decided, until: Math.min(decided.until ?? duties.again, duties.again) };
}

function nextOfCourse(plan: Plan, state: RolloutState, now: number, atWork: AtWork): Next {
  if (state.rollback) return nextOfRollback(plan, state, now, atWork);
  if (state.aborted) return nextOfAbort(state, atWork);
  if (state.succeeded) return { do: 'rest' };
  if (!state.startedAt) return nextOfSchedule(state, now);
  if (state.hypercare) return nextOfHypercare(plan, state, now, atWork);
  return nextOfPhases(plan, state, now, atWork);
}

function nextOfSchedule({ startAt }: RolloutState, now: number): Next {
  const due = startAt === undefined ? now : Date.parse(startAt);
  return due <= now ? { do: 'launch' } : { do: 'rest', until: due };
}

function nextOfAbort(state: RolloutState, atWork: AtWork): Next {
  if (state.released) return { do: 'rest' };
  const stop = overtaken(state, new Set(), atWork);
  return stop ?? { do: 'record', facts: [{ type: 'rollout.released', data: {} }], release: true };
}

/** Steps outside of `keep` whose intent has no outcome: stopped if at work here, and recorded as interrupted. */
function overtaken(state: RolloutState, keep: ReadonlySet<string>, atWork: AtWork): Next | undefined {
  const why = whyInterrupted(state);
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
  const stop = overtaken(state, keep, atWork);
  if (stop) return stop;
  const open = steps.find((step) => !isDone(plan, step, state.steps[step.id]));
  if (open) return oneStep(plan, state, open, now, atWork).next;
  return {
    do: 'record',
    facts: [
      ...cancelledByRollback({ plan, state }),
      { type: 'rollback.finished', data: {} },
      { type: 'rollout.released', data: {} },
    ],
    release: true,
  };
}

function nextOfHypercare(plan: Plan, state: RolloutState, now: number, atWork: AtWork): Next {
  const { hypercare } = state;
  if (!hypercare) return { do: 'rest' };
  if (hypercare.endedAt !== undefined) return nextOfClosing(plan, state, now, atWork);
  const end = Date.parse(hypercare.until);
  if (end <= now) return { do: 'sum-up', at: 'end' };
  const checkIn = nextCheckIn(plan, hypercare, now);
  if (checkIn && checkIn.at <= now) return { do: 'sum-up', at: { checkIn: checkIn.after } };
  const until = Math.min(end, checkIn?.at ?? end);
  return plan.playbook.hypercare?.watch ? { do: 'look', until } : { do: 'rest', until };
}

/** The window is over: the steps at its end, one after the other; what may not run now is left out, with the reason. */
function nextOfClosing(plan: Plan, state: RolloutState, now: number, atWork: AtWork): Next {
  const open = closingSteps(plan).find((step) => !isDone(plan, step, state.steps[step.id]));
  if (!open) return { do: 'record', facts: [{ type: 'rollout.succeeded', data: {} }] };
  const reason = atWork.has(open.id) ? undefined : whyLeftOut(plan, state, open);
  if (reason === undefined) return oneStep(plan, state, open, now, atWork).next;
  return { do: 'record', facts: [{ type: 'step.skipped', data: { step: open.id, reason } }] };
}

function nextOfPhases(plan: Plan, state: RolloutState, now: number, atWork: AtWork): Next {
  const phase = currentPhase(plan, state);
  if (!phase) return afterPhases(plan, now);
  const isOpen = (step: Step) => !isDone(plan, step, state.steps[step.id]);
  const open = phase.parallel ? phase.steps.filter(isOpen) : [phase.steps.find(isOpen) ?? []].flat();
  if (open.length === 0) {
    return { do: 'record', facts: [{ type: 'phase.finished', data: { phase: phase.name } }] };
  }
  return merge(open.map((step) => oneStep(plan, state, step, now, atWork)));
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
