import type { RollbackStep, Step } from '../playbook/playbook.ts';
import { isClosing, isLetPass } from '../rollout/closing.ts';
import { notNeeded } from '../rollout/not-needed.ts';
import { closingSteps } from '../rollout/phases.ts';
import type { Plan } from '../rollout/plan.ts';
import type { RolloutState, RolloutStatus, StepState, StepStatus } from '../rollout/state.ts';
import { isWaitingForPeople, statusOf } from '../rollout/status.ts';
import { stepsOf } from '../rollout/steps.ts';
import type { Card } from './card.ts';
import { type PeopleWithRoles, phaseSteps, stepName } from './words.ts';

/** A step as the thread tells of it. */
export interface ToldStep {
  id: string;
  name: string;
  step: Step | RollbackStep;
  state: StepState;
}

/** What the cards of one rollout are made from. */
export interface Telling {
  plan: Plan;
  state: RolloutState;
  status: RolloutStatus;
  people: PeopleWithRoles;
  /** Milliseconds since the epoch. Used in whole minutes only: an unchanged rollout makes an unchanged card. */
  now: number;
  /** Links of the cards that tell of the end. */
  atEnd: Card['links'];
  /** The steps being walked now: those of the rollback list once a rollback was asked for, else of hypercare's end once its window is over. */
  steps: readonly ToldStep[];
  /** Those of them that are to run, as far as is known: what `when` surely rules out is no step that people wait for. */
  needed: readonly ToldStep[];
}

const untouched: StepState = {
  status: 'pending',
  attempts: 0,
  forgiven: 0,
  started: false,
  answers: [],
  unseen: false,
};

/** Looks a rollout up once for all of its cards. */
export function tell(
  plan: Plan,
  state: RolloutState,
  people: PeopleWithRoles,
  now: number,
  atEnd: Card['links'] = [],
): Telling {
  const steps = walkedSteps(plan, state).map((step) => toldStep(step, state));
  const out = notNeeded(plan, state);
  const needed = steps.filter(({ id }) => !out.has(id));
  return { plan, state, status: statusOf(plan, state), people, now, atEnd, steps, needed };
}

function walkedSteps(plan: Plan, state: RolloutState): readonly (Step | RollbackStep)[] {
  if (state.rollback !== undefined) return plan.playbook.rollback;
  return isClosing(state) ? closingSteps(plan) : phaseSteps(plan);
}

/** One step by its id, wherever it stands in the plan. */
export function toldStepOf(plan: Plan, state: RolloutState, id: string): ToldStep | undefined {
  const placed = stepsOf(plan).get(id);
  return placed === undefined ? undefined : toldStep(placed.step, state);
}

/** The needed steps in one of these states. */
export function stepsIn(telling: Telling, ...statuses: readonly StepStatus[]): ToldStep[] {
  return telling.needed.filter((step) => statuses.includes(step.state.status));
}

/** Steps that wait for people (not for time), oldest in the plan first. */
export function waitingForPeople(telling: Telling): ToldStep[] {
  return telling.steps.filter(({ state }) => isWaitingForPeople(state));
}

/** Steps that were needed and are over: done, skipped by a person, or failed where the playbook carries on. */
export function stepsOver(telling: Telling): ToldStep[] {
  return telling.needed.filter(
    ({ step, state }) =>
      state.status === 'succeeded' ||
      state.status === 'skipped' ||
      state.status === 'rolled-back' ||
      (state.status === 'failed' && isLetPass(telling.plan, step)),
  );
}

/** Failed steps that hold the rollout up. */
export function stepsFailed(telling: Telling): ToldStep[] {
  const over = new Set(stepsOver(telling).map((step) => step.id));
  return stepsIn(telling, 'failed').filter((step) => !over.has(step.id));
}

function toldStep(step: Step | RollbackStep, state: RolloutState): ToldStep {
  return { id: step.id, name: stepName(step), step, state: state.steps[step.id] ?? untouched };
}
