import { nearest } from '../core/nearest.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { Fact, RolloutEvent, Waiting } from '../core/rollout/event.ts';
import { phasesOf } from '../core/rollout/phases.ts';
import type { RolloutStatus, StepState } from '../core/rollout/state.ts';
import { statusOf } from '../core/rollout/status.ts';
import { type PlacedStep, stepsOf } from '../core/rollout/steps.ts';
import type { Rollout } from '../ports/rollouts.ts';
import { type Asked, time } from './asked.ts';
import { sinceDrawn, storyOf } from './story.ts';

export function statusOfRollout({ plan, state }: Rollout): RolloutStatus {
  return statusOf(plan, state);
}

/** Nothing of the plan's own steps goes on any more: rolled back, on the way there, aborted, or done. */
export function isPast(rollout: Rollout): boolean {
  const { state } = rollout;
  return state.rollback !== undefined || state.aborted !== undefined || state.succeeded;
}

/** Something may stand changed in the world. */
export function hasTouched({ state }: Rollout): boolean {
  return Object.values(state.steps).some(({ started }) => started);
}

/** A step that waits, with what it waits for. */
export interface WaitingStep<K extends Waiting['for'] = Waiting['for']> {
  id: string;
  step: StepState;
  waiting: Extract<Waiting, { for: K }>;
}

/** The steps that wait for one of these, in the order of the plan. */
export function waitingFor<K extends Waiting['for']>(
  { plan, state }: Rollout,
  ...kinds: K[]
): WaitingStep<K>[] {
  return [...stepsOf(plan).keys()].flatMap((id) => {
    const step = state.steps[id];
    if (step?.status !== 'waiting' || step.waiting === undefined) return [];
    const { waiting } = step;
    return isOneOf(waiting, kinds) ? [{ id, step, waiting }] : [];
  });
}

function isOneOf<K extends Waiting['for']>(
  waiting: Waiting,
  kinds: readonly K[],
): waiting is Extract<Waiting, { for: K }> {
  return kinds.some((kind) => kind === waiting.for);
}

/** A step of the plan, with how it stands; or the refusal that names the nearest. */
export function stepNamed(
  { plan, state }: Rollout,
  id: string,
  what: string,
): { placed: PlacedStep; step: StepState } | { refusal: Refusal } {
  const placed = stepsOf(plan).get(id);
  const step = Object.hasOwn(state.steps, id) ? state.steps[id] : undefined;
  if (placed && step) return { placed, step };
  const near = nearest(id, stepsOf(plan).keys());
  const next = near
    ? `Did you mean \`${near}\`?`
    : `Its steps are ${[...stepsOf(plan).keys()].slice(0, 30).join(', ')}.`;
  return { refusal: refuse('bad-input', what, `${state.id} has no step \`${id}\`.`, next) };
}

/** Whether the loop can still come to a step: the rollback list once a rollback was asked for, else the phases not yet done, hypercare's end among them. */
export function isAhead({ plan, state }: Rollout, { step, phase }: PlacedStep): boolean {
  if (state.rollback) return phase === null && state.rollback.finishedAt === undefined;
  if (state.aborted || state.succeeded || phase === null) return false;
  return phasesOf(plan).indexOf(phase) >= state.phasesDone.length && step.id in state.steps;
}

/** A refusal because of how the rollout stands; a press is told what happened since. */
export function wrongState(
  rollout: Rollout,
  asked: Asked,
  what: string,
  next: string,
  why?: string,
): Refusal {
  const story = storyOf(rollout, asked);
  const since = asked.drawnAt === undefined ? story : sinceDrawn(rollout, asked);
  const told = why === undefined ? since : `${why} ${since}`;
  return refuse('wrong-state', what, told.includes(story) ? told : `${told} ${story}`, next);
}

/** A button about an earlier asking of a step: something about it was noted since the button was drawn. */
export function isStale({ state }: Rollout, { drawnAt }: Asked, step: string): boolean {
  if (drawnAt === undefined) return false;
  return state.milestones.some(({ subject, seq }) => subject === step && seq > drawnAt);
}

/**
 * What an answer to an earlier asking gets: the plan has changed since, or the rollout has moved on. A command that
 * was typed doesn't say when its question was asked: any change of the plan may have come after it.
 */
export function stale(rollout: Rollout, asked: Asked, what: string): Refusal {
  const { id, milestones } = rollout.state;
  const revised = milestones.findLast(
    ({ type, seq }) => type === 'plan-revised' && seq > (asked.drawnAt ?? 0),
  );
  if (revised) {
    return refuse(
      'plan-changed',
      what,
      `The plan changed at ${time(asked, revised.at)}: ${revised.text ?? 'no reason was given'}.`,
      `See it with \`/rollout status ${id}\`, and answer the new question in its thread.`,
    );
  }
  return refuse(
    'stale-button',
    what,
    `The button is about an earlier moment. ${sinceDrawn(rollout, asked)}`,
    `Use the buttons on the card as it stands now, or see \`/rollout status ${id}\`.`,
  );
}

/** Refuses a second press of a button whose first press was recorded; a command typed again is meant again. */
export function pressedAlready(asked: Asked, facts: readonly Fact[], what: string): Refusal | undefined {
  const same = (fact: Fact) => (event: RolloutEvent) =>
    event.type === fact.type &&
    event.actor.id === asked.person.id &&
    subjectOf(event) === subjectOf(fact) &&
    answerOf(event) === answerOf(fact);
  const earlier = facts.flatMap((fact) => asked.since?.find(same(fact)) ?? [])[0];
  if (earlier === undefined) return undefined;
  return refuse(
    'already-answered',
    what,
    `You pressed this already; it was done at ${time(asked, earlier.at)}.`,
    'To do it once more, use the card as it stands now or type the command.',
  );
}

/** The step, the duty or the group of alerts that a fact is about. */
function subjectOf({ data }: Fact): string | undefined {
  if ('duty' in data) return data.duty;
  if ('step' in data) return data.step;
  return 'group' in data ? data.group : undefined;
}

function answerOf(fact: Fact): string | undefined {
  return fact.type === 'step.answered' ? fact.data.answer : undefined;
}
