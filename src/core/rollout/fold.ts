import { alertsAfter, isAlertEvent } from '../alerts/fold.ts';
import { genesis } from './chain.ts';
import { marksAfter } from './duties.ts';
import type { RolloutEvent } from './event.ts';
import { milestoneOf } from './milestone.ts';
import type { Plan } from './plan.ts';
import type { RolloutState, StepState } from './state.ts';
import { askedAnew, isStepEvent, stepAfter } from './step-fold.ts';
import { stepsOf } from './steps.ts';

/** The plan and the state that a journal adds up to. */
export interface Folded {
  plan: Plan;
  state: RolloutState;
}

/** Folds events in, in order. Pure: what was folded before stays as it was. The first event makes the rollout. */
export function fold(before: Folded | undefined, events: readonly RolloutEvent[]): Folded | undefined {
  return events.reduce<Folded | undefined>((folded, event) => foldOne(folded, event), before);
}

function foldOne(before: Folded | undefined, event: RolloutEvent): Folded {
  if (event.type === 'rollout.planned') return planned(event);
  if (!before) throw new Error(`a journal begins with rollout.planned, not with ${event.type}`);
  const plan = event.type === 'plan.revised' ? event.data.plan : before.plan;
  const state = { ...after(before, event), seq: event.seq, head: event.hash };
  const milestone = milestoneOf(plan, before.state, event);
  return { plan, state: milestone ? { ...state, milestones: [...state.milestones, milestone] } : state };
}

/** A rollout of which nothing has happened yet. */
export function newState(plan: Plan): RolloutState {
  return {
    v: 1,
    id: '',
    seq: 0,
    head: genesis,
    digest: '',
    planAt: 0,
    channels: [],
    startedBy: null,
    plannedAt: '',
    steps: Object.fromEntries([...stepsOf(plan).keys()].map((step) => [step, pendingStep()])),
    phasesDone: [],
    succeeded: false,
    released: false,
    milestones: [],
  };
}

function planned(event: Extract<RolloutEvent, { type: 'rollout.planned' }>): Folded {
  const { id, plan, digest, channels, startAt, override, usual } = event.data;
  const state: RolloutState = {
    ...newState(plan),
    id,
    seq: event.seq,
    head: event.hash,
    digest,
    planAt: event.seq,
    channels,
    startedBy: event.actor.kind === 'person' ? event.actor : null,
    plannedAt: event.at,
    ...(startAt === undefined ? {} : { startAt }),
    ...(override === undefined ? {} : { override }),
    ...(usual === undefined ? {} : { usual }),
  };
  const milestone = milestoneOf(plan, state, event);
  return { plan, state: milestone ? { ...state, milestones: [milestone] } : state };
}

function pendingStep(): StepState {
  return { status: 'pending', attempts: 0, forgiven: 0, started: false, answers: [], unseen: false };
}

function after({ plan, state }: Folded, event: RolloutEvent): RolloutState {
  if (isStepEvent(event)) {
    const step = state.steps[event.data.step];
    if (!step) throw new Error(`${event.type} names an unknown step: ${event.data.step}`);
    return { ...state, steps: { ...state.steps, [event.data.step]: stepAfter(step, event) } };
  }
  if (isAlertEvent(event)) {
    const alerts = alertsAfter(plan, state.alerts, event);
    return alerts ? { ...state, alerts } : state;
  }
  switch (event.type) {
    case 'rollout.planned':
      return state;
    case 'rollout.started':
      return { ...state, startedAt: event.at };
    case 'rollout.followed':
      return { ...state, channels: [...state.channels, event.data.channel] };
    case 'rollout.unfollowed': {
      const { platform, id } = event.data.channel;
      const channels = state.channels.filter((each) => each.platform !== platform || each.id !== id);
      return { ...state, channels };
    }
    case 'rollout.paused':
      return { ...state, paused: { by: event.actor, at: event.at, ...event.data } };
    case 'rollout.resumed': {
      const { paused: _, ...running } = state;
      return running;
    }
    case 'rollout.aborted':
      return { ...state, aborted: { by: event.actor, at: event.at, ...event.data }, endedAt: event.at };
    case 'rollout.succeeded':
      return { ...state, succeeded: true, endedAt: event.at };
    case 'rollout.released':
      return { ...state, released: true };
    case 'rollout.reclaimed':
      return { ...state, released: false };
    case 'rollout.superseded':
      return {
        ...state,
        supersededBy: event.data.by,
        supersession: { by: event.actor, at: event.at },
      };
    case 'plan.revised':
      return voidApprovals({
        ...state,
        digest: event.data.digest,
        planAt: event.seq,
        steps: stepsUnder(event.data.plan, state),
      });
    case 'phase.finished':
      return { ...state, phasesDone: [...state.phasesDone, event.data.phase] };
    case 'rollback.requested':
      return {
        ...state,
        rollback: { by: event.actor, at: event.at, reason: event.data.reason },
        released: false,
      };
    case 'duty.due':
    case 'duty.escalated':
    case 'duty.done':
    case 'duty.cancelled': {
      const { duty } = event.data;
      const marks = marksAfter(state.duties?.[duty], event, event);
      return { ...state, duties: { ...state.duties, [duty]: marks } };
    }
    case 'report.archived':
      return { ...state, report: { at: event.at, files: event.data.files } };
    case 'report.failed':
      return { ...state, report: { at: event.at, files: [], why: event.data.why } };
    case 'rollback.finished':
      return rolledBack(plan, state, event.at);
    default:
      return { ...state, ...hypercareAfter(state, event) };
  }
}

function hypercareAfter(state: RolloutState, event: RolloutEvent): Pick<RolloutState, 'hypercare'> {
  if (event.type === 'hypercare.started') {
    return { hypercare: { startedAt: event.at, until: event.data.until } };
  }
  const { hypercare } = state;
  if (!hypercare) throw new Error(`${event.type} without hypercare.started`);
  switch (event.type) {
    case 'hypercare.extended':
      return { hypercare: { ...hypercare, until: event.data.until } };
    case 'hypercare.checked':
      return {
        hypercare: { ...hypercare, checkedIn: event.data.after, numbers: event.data.numbers },
      };
    case 'hypercare.ended':
      return { hypercare: { ...hypercare, endedAt: event.at, numbers: event.data.numbers } };
    case 'hypercare.noticed':
      return {
        hypercare: { ...hypercare, chart: event.data.chart, finding: { ...event.data, at: event.at } },
      };
    case 'hypercare.cleared': {
      const { finding: _, ...clear } = hypercare;
      return { hypercare: clear };
    }
    default:
      return { hypercare };
  }
}

/** A changed plan voids what was approved under the old one: waiting approvals are asked for again. */
function voidApprovals(state: RolloutState): RolloutState {
  const steps = Object.entries(state.steps).map(([id, step]) =>
    step.status === 'waiting' && step.waiting?.for === 'approval' ? [id, askedAnew(step)] : [id, step],
  );
  return { ...state, steps: Object.fromEntries(steps) };
}

function stepsUnder(plan: Plan, state: RolloutState): Record<string, StepState> {
  return Object.fromEntries([...stepsOf(plan).keys()].map((id) => [id, state.steps[id] ?? pendingStep()]));
}

/** What was captured and restored counts as rolled back; what only looked stays as it ended. */
function rolledBack(plan: Plan, state: RolloutState, at: string): RolloutState {
  if (!state.rollback) throw new Error('rollback.finished without rollback.requested');
  const steps = Object.entries(state.steps).map(([id, step]) => {
    const undone = stepsOf(plan).get(id)?.phase && step.before !== undefined;
    return [id, undone ? { ...step, status: 'rolled-back' as const } : step];
  });
  return {
    ...state,
    rollback: { ...state.rollback, finishedAt: at },
    endedAt: at,
    steps: Object.fromEntries(steps),
  };
}
