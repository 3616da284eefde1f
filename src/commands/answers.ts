import { nameOfStep } from '../core/card/words.ts';
import type { Right } from '../core/policy/schema.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { Fact, FactData, Waiting } from '../core/rollout/event.ts';
import type { StepState } from '../core/rollout/state.ts';
import type { Decision, Rollout } from '../ports/rollouts.ts';
import { type Asked, lacking, notAsked } from './asked.ts';
import { isAhead, isStale, stale, stepNamed, wrongState } from './standing.ts';
import { standsAs } from './steps.ts';

type AnswerWord = FactData<'step.answered'>['answer'];

/** What a person says to a step: the words of the refusal, and what is to be recorded. */
interface Said {
  step: string;
  answer: Exclude<AnswerWord, 'approve' | 'reject'>;
  what: string;
  right: Right;
  fact: Fact;
  evidence?: string | undefined;
}

/** An answer to a step that waits, or the settling of one in doubt. */
export function decideAnswer(said: Said, asked: Asked, rollout: Rollout): Decision {
  const found = stepNamed(rollout, said.step, said.what);
  if ('refusal' in found) return found;
  const { placed, step } = found;
  const refusal =
    (isAhead(rollout, placed) ? undefined : notOpen(rollout, asked, said, step)) ??
    answeredAlready(rollout, said, step) ??
    (isOpenFor(said.answer, step) ? undefined : notOpen(rollout, asked, said, step)) ??
    (step.waiting?.for === 'task'
      ? notAsked(asked, rollout.plan.environment.name, said.right, step.waiting.roles, said.what)
      : lacking(asked, rollout.plan.environment.name, said.right, said.what)) ??
    (isStale(rollout, asked, said.step) ? stale(rollout, asked, said.what) : undefined) ??
    evidenceMissing(said, step, rollout.state.id);
  return refusal ? { refusal } : { facts: [said.fact] };
}

/** Which answers a step takes as it stands. */
export function isOpenFor(answer: Said['answer'], { status, waiting }: StepState): boolean {
  if (status === 'in-doubt') return answer === 'done';
  if (status !== 'waiting' || waiting === undefined) return false;
  return answersTo(waiting).includes(answer);
}

function answersTo(waiting: Waiting): readonly string[] {
  switch (waiting.for) {
    case 'task':
      return waiting.until === undefined ? ['done'] : ['done', 'extend'];
    case 'decision':
      return waiting.options;
    case 'approval':
      return waiting.until === undefined ? [] : ['extend'];
    case 'time':
      return ['extend'];
  }
}

function notOpen(rollout: Rollout, asked: Asked, { what, step: id }: Said, step: StepState): Refusal {
  const next = `See what can be done: \`/rollout status ${rollout.state.id}\`.`;
  const why = `${nameOfStep(rollout.plan, id)} ${standsAs(step)} and does not ask for this.`;
  return wrongState(rollout, asked, what, next, why);
}

/** Somebody gave this answer, and the step has not looked at it yet; or it is done because of one. */
function answeredAlready(
  { plan }: Rollout,
  { step: id, answer, what }: Said,
  step: StepState,
): Refusal | undefined {
  const earlier = step.answers.findLast((each) => each.answer === answer);
  const counts = step.unseen || step.status === 'succeeded';
  if (earlier === undefined || !counts || answer === 'extend') return undefined;
  const why = `${earlier.by.name} said so already about ${nameOfStep(plan, id)}.`;
  return refuse('already-answered', what, why, 'Nothing more is needed from you.');
}

function evidenceMissing(
  { evidence, what, step: id, answer }: Said,
  { status, waiting }: StepState,
  rollout: string,
): Refusal | undefined {
  if (answer !== 'done' || evidence !== undefined) return undefined;
  const wanted = waiting?.for === 'task' ? waiting.evidence : 'what you saw that shows it';
  if (wanted === undefined || (waiting?.for !== 'task' && status !== 'in-doubt')) return undefined;
  return refuse(
    'bad-input',
    what,
    `It needs evidence: ${wanted}.`,
    `Add it at the end: \`/rollout done ${rollout} ${id} <evidence>\`.`,
  );
}
