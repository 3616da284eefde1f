import type { Fact } from '../core/rollout/event.ts';
import type { Rollout } from '../ports/rollouts.ts';
import type { Session } from './session.ts';

/** Starts a rollout whose scheduled time has come. */
export type Launch = (session: Session) => Promise<void>;

/** What the plan is now, and whether anything stands against starting: the same checks as at a start by hand. */
export type Recheck = (rollout: Rollout) => Promise<{ facts: readonly Fact[] } | { refused: string }>;

/**
 * Checks again what may have changed since the rollout was planned, claims the environment and starts, in one
 * atomic step. What can't start at its time is aborted with the reason: nobody expects it to start later by itself.
 */
export function createLaunch(recheck: Recheck): Launch {
  return async (session) => {
    const checked = await recheck(session.rollout());
    if ('refused' in checked) return abort(session, checked.refused);
    const facts: Fact[] = [...checked.facts, { type: 'rollout.started', data: {} }];
    const answer = await session.record(({ state }) =>
      state.startedAt === undefined && !state.aborted ? { facts, environment: 'claim' } : { facts: [] },
    );
    if (answer === 'busy') await abort(session, 'another rollout held the environment at the scheduled time');
  };
}

async function abort(session: Session, reason: string): Promise<void> {
  const facts: Fact[] = [{ type: 'rollout.aborted', data: { reason: `Not started: ${reason}` } }];
  await session.record(({ state }) => ({
    facts: state.startedAt === undefined && !state.aborted ? facts : [],
  }));
}
