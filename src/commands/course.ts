import { nameOf } from '../core/card/words.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { Actor } from '../core/rollout/actor.ts';
import type { RolloutStatus } from '../core/rollout/state.ts';
import type { Decision, Rollout } from '../ports/rollouts.ts';
import { type Asked, lacking, time } from './asked.ts';
import type { CommandOf } from './grammar.ts';
import { hasTouched, isPast, statusOfRollout, wrongState } from './standing.ts';

function given(reason: string | undefined) {
  return reason === undefined ? {} : { reason };
}

/** Says that somebody did the same before. */
export function didAlready(
  asked: Asked,
  what: string,
  did: string,
  { by, at }: { by: Actor; at: string },
  next: string,
): Refusal {
  const who = by.kind === 'person' && by.id === asked.person.id ? 'You' : nameOf(by);
  return refuse('already-answered', what, `${who} ${did} already, at ${time(asked, at)}.`, next);
}

const pausable: ReadonlySet<RolloutStatus> = new Set(['planned', 'running', 'waiting']);

export function decidePause({ id, reason }: CommandOf<'pause'>, asked: Asked, rollout: Rollout): Decision {
  const what = `${id} was not paused.`;
  const { state, plan } = rollout;
  if (state.paused && !isPast(rollout)) {
    const next = `Go on with \`/rollout resume ${id}\`.`;
    return { refusal: didAlready(asked, what, 'paused it', state.paused, next) };
  }
  if (!pausable.has(statusOfRollout(rollout))) {
    return { refusal: wrongState(rollout, asked, what, `See what can be done: \`/rollout status ${id}\`.`) };
  }
  const refusal = lacking(asked, plan.environment.name, 'operate', what);
  return refusal ? { refusal } : { facts: [{ type: 'rollout.paused', data: given(reason) }] };
}

export function decideResume({ id, reason }: CommandOf<'resume'>, asked: Asked, rollout: Rollout): Decision {
  const what = `${id} was not resumed.`;
  if (!rollout.state.paused || isPast(rollout)) {
    const next = `See what can be done: \`/rollout status ${id}\`.`;
    return { refusal: wrongState(rollout, asked, what, next, 'It is not paused.') };
  }
  const refusal = lacking(asked, rollout.plan.environment.name, 'operate', what);
  return refusal ? { refusal } : { facts: [{ type: 'rollout.resumed', data: given(reason) }] };
}

/** Ends a rollout where it stands. Not during a rollback or hypercare: there is something to put back or to watch. */
export function decideAbort({ id, reason }: CommandOf<'abort'>, asked: Asked, rollout: Rollout): Decision {
  const what = `${id} was not aborted.`;
  const { state, plan } = rollout;
  if (state.aborted && !state.rollback) {
    const next = hasTouched(rollout)
      ? `To put back what it changed: \`/rollout rollback ${id} <reason>\`.`
      : 'It had changed nothing.';
    return { refusal: didAlready(asked, what, 'aborted it', state.aborted, next) };
  }
  if (isPast(rollout) || state.hypercare) {
    return { refusal: wrongState(rollout, asked, what, insteadOfAbort(rollout)) };
  }
  const refusal = lacking(asked, plan.environment.name, 'operate', what);
  return refusal ? { refusal } : { facts: [{ type: 'rollout.aborted', data: given(reason) }] };
}

function insteadOfAbort(rollout: Rollout): string {
  const { id } = rollout.state;
  const instead: Partial<Record<RolloutStatus, string>> = {
    hypercare: `To put back what it changed: \`/rollout rollback ${id} <reason>\`.`,
    'rolling-back': 'A rollback goes to its end; follow it in its thread.',
    'rollback-failed': `Retry or skip the step at which the rollback is stuck: \`/rollout status ${id}\`.`,
    'in-doubt': `Settle the step in doubt: \`/rollout status ${id}\`.`,
  };
  return instead[statusOfRollout(rollout)] ?? 'It is at its end; nothing is left to abort.';
}
