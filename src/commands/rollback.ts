import { nameOfStep } from '../core/card/words.ts';
import type { EnvironmentFact } from '../core/environment/event.ts';
import type { EnvironmentState } from '../core/environment/state.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import { endOfRollback } from '../core/rollout/closing.ts';
import type { Decision, Rollout } from '../ports/rollouts.ts';
import { type Asked, lacking, time } from './asked.ts';
import { didAlready } from './course.ts';
import { hasTouched, wrongState } from './standing.ts';

/**
 * Asks for the rollback. Allowed from the first step until the end of hypercare (at its end until a step begins that
 * takes away what to go back to), and of an aborted rollout, as long as no newer one has claimed the environment; where the environment was given back, it is claimed again in the
 * same record. Neither locks nor freezes stand against it.
 */
export function decideRollback(
  { id, reason }: { id: string; reason: string },
  asked: Asked,
  rollout: Rollout,
  environment: EnvironmentState,
): Decision {
  const what = `${id} was not rolled back.`;
  const refusal =
    alreadyAsked(rollout, asked, what) ??
    notPossible(rollout, asked, what) ??
    takenAway(rollout, asked, what) ??
    superseded(rollout, environment, what) ??
    lacking(asked, rollout.plan.environment.name, 'rollback', what);
  if (refusal) return { refusal };
  const claim: EnvironmentFact[] =
    environment.claimedBy === id ? [] : [{ type: 'environment.claimed', data: { rollout: id } }];
  return {
    facts: [{ type: 'rollback.requested', data: { reason } }],
    ...(claim.length === 0 ? {} : { environment: claim }),
  };
}

function alreadyAsked({ plan, state }: Rollout, asked: Asked, what: string): Refusal | undefined {
  const { rollback, id } = state;
  if (!rollback) return undefined;
  const stuck = plan.playbook.rollback.find(({ id: step, onFailure }) => {
    const status = state.steps[step]?.status;
    return status === 'in-doubt' || (status === 'failed' && onFailure !== 'continue');
  });
  const next = stuck
    ? `It is stuck at \`${stuck.id}\`: try \`/rollout retry ${id} ${stuck.id}\`.`
    : rollback.finishedAt === undefined
      ? 'It is already rolling back; follow it in its thread.'
      : 'It is rolled back; nothing is left to do.';
  return didAlready(asked, what, `asked for the rollback (${rollback.reason})`, rollback, next);
}

function notPossible(rollout: Rollout, asked: Asked, what: string): Refusal | undefined {
  const { plan, state } = rollout;
  const { id } = state;
  if (state.succeeded) {
    const next = 'Start a rollout that goes back to the version before.';
    return wrongState(
      rollout,
      asked,
      what,
      next,
      'Its hypercare is over, so it no longer stands ready to go back.',
    );
  }
  if (state.startedAt === undefined || (state.aborted && !hasTouched(rollout))) {
    const next = state.aborted ? 'Nothing has to be put back.' : `Cancel it with \`/rollout abort ${id}\`.`;
    return wrongState(rollout, asked, what, next, 'It has changed nothing.');
  }
  if (plan.playbook.rollback.length > 0) return undefined;
  const next = `Stop it with \`/rollout abort ${id}\`, and put back by hand what it changed.`;
  return wrongState(rollout, asked, what, next, `The playbook ${plan.playbook.name} has no rollback list.`);
}

/** What a rollback goes back to was taken away when hypercare was over, or may have been. */
function takenAway(rollout: Rollout, asked: Asked, what: string): Refusal | undefined {
  const ended = endOfRollback(rollout.plan, rollout.state);
  if (ended === undefined) return undefined;
  const name = nameOfStep(rollout.plan, ended.step.id);
  return refuse(
    'wrong-state',
    what,
    `${name} began at ${time(asked, ended.at)}, so what it would go back to may be gone.`,
    'Start a rollout that goes back to the version before.',
  );
}

function superseded(
  { plan, state }: Rollout,
  environment: EnvironmentState,
  what: string,
): Refusal | undefined {
  const newer = state.supersededBy ?? environment.newest;
  if (newer === undefined || newer === state.id) return undefined;
  return refuse(
    'superseded',
    what,
    `${newer} is the newest rollout of ${plan.environment.name}; putting back what ${state.id} changed would undo ${newer} in part.`,
    `Roll back ${newer} instead: \`/rollout rollback ${newer} <reason>\`.`,
  );
}
