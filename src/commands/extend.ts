import { list } from '../core/card/words.ts';
import { refuse } from '../core/refusal.ts';
import { iso } from '../ports/clock.ts';
import type { Decision, Rollout } from '../ports/rollouts.ts';
import { decideAnswer, isOpenFor } from './answers.ts';
import { type Asked, lacking } from './asked.ts';
import type { CommandOf } from './grammar.ts';
import { isPast, wrongState } from './standing.ts';

/** The most that one extension adds. */
const longest = 7 * 86_400_000;

/** The steps that can be given more time now; those that ask for a decision go before mere deadlines. */
export function extendable(rollout: Rollout): string[] {
  if (isPast(rollout)) return [];
  const open = Object.entries(rollout.state.steps).filter(([, step]) => isOpenFor('extend', step));
  const decisions = open.filter(([, step]) => step.waiting?.for === 'decision');
  return (decisions.length > 0 ? decisions : open).map(([id]) => id);
}

/** The watched window is open: whoever asks before its end is recorded is in time. */
export function isWatched(rollout: Rollout): boolean {
  const { hypercare } = rollout.state;
  return hypercare !== undefined && hypercare.endedAt === undefined && !isPast(rollout);
}

/** Gives more time: to hypercare by moving its end, to a step that waits by an answer that the step takes up. */
export function decideExtend(command: CommandOf<'extend'>, asked: Asked, rollout: Rollout): Decision {
  const { id, duration, step } = command;
  const what = `${id} was given no more time.`;
  if (duration > longest) {
    const why = 'One extension adds seven days at most.';
    return { refusal: refuse('bad-input', what, why, 'Give a shorter time, such as 2h or 3d.') };
  }
  if (isWatched(rollout) && step === undefined) return extendHypercare(duration, asked, rollout, what);
  const steps = step === undefined ? extendable(rollout) : [step];
  const [only, second] = steps;
  if (only === undefined) {
    if (rollout.state.hypercare) return extendHypercare(duration, asked, rollout, what);
    const next = `See how it stands: \`/rollout status ${id}\`.`;
    return { refusal: wrongState(rollout, asked, what, next, 'Nothing in it has a deadline now.') };
  }
  if (second !== undefined) {
    const why = `Several steps have a deadline: ${list(steps)}.`;
    return {
      refusal: refuse('bad-input', what, why, `Name one: \`/rollout extend ${id} <duration> ${only}\`.`),
    };
  }
  const data = { step: only, answer: 'extend' as const, duration };
  const said = { step: only, answer: 'extend' as const, what, right: 'operate' as const };
  return decideAnswer({ ...said, fact: { type: 'step.answered', data } }, asked, rollout);
}

function extendHypercare(duration: number, asked: Asked, rollout: Rollout, what: string): Decision {
  const { hypercare } = rollout.state;
  if (hypercare === undefined || !isWatched(rollout)) {
    const refusal = wrongState(rollout, asked, what, 'Its hypercare is over; nothing is left to extend.');
    return { refusal };
  }
  const refusal = lacking(asked, rollout.plan.environment.name, 'operate', what);
  if (refusal) return { refusal };
  const until = iso(Math.max(Date.parse(hypercare.until), asked.now) + duration);
  return { facts: [{ type: 'hypercare.extended', data: { until } }] };
}
