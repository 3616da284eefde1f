import { nameOfStep } from '../core/card/words.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { StepState } from '../core/rollout/state.ts';
import type { PlacedStep } from '../core/rollout/steps.ts';
import type { Decision, Rollout } from '../ports/rollouts.ts';
import { type Asked, lacking } from './asked.ts';
import type { CommandOf } from './grammar.ts';
import { isAhead, isStale, stale, stepNamed, wrongState } from './standing.ts';

/** Runs a failed step, or one in doubt, again; also one of the rollback list. */
export function decideRetry(
  { id, step: name, reason }: CommandOf<'retry'>,
  asked: Asked,
  rollout: Rollout,
): Decision {
  const what = `${name} was not retried.`;
  const found = stepNamed(rollout, name, what);
  if ('refusal' in found) return found;
  const { placed, step } = found;
  if (isRetried(step)) {
    const why = `${nameOfStep(rollout.plan, name)} is being retried already.`;
    return { refusal: refuse('already-answered', what, why, 'Follow it in the thread of the rollout.') };
  }
  const decision = step.waiting?.for === 'decision' && step.waiting.options.includes('retry');
  const open = step.status === 'failed' || step.status === 'in-doubt' || decision;
  const refusal =
    (open && isAhead(rollout, placed)
      ? undefined
      : wrongState(
          rollout,
          asked,
          what,
          seeStatus(id),
          `${nameOfStep(rollout.plan, name)} ${standsAs(step)}, and only what failed or is in doubt is retried.`,
        )) ??
    lacking(asked, rollout.plan.environment.name, 'operate', what) ??
    (isStale(rollout, asked, name) ? stale(rollout, asked, what) : undefined);
  if (refusal) return { refusal };
  const data = { step: name, ...(reason === undefined ? {} : { reason }) };
  return { facts: [{ type: 'step.reset', data }] };
}

function seeStatus(id: string): string {
  return `See how it stands: \`/rollout status ${id}\`.`;
}

/** Asked for by a person, and not over yet. */
function isRetried({ status, attempts, forgiven }: StepState): boolean {
  if (forgiven === 0) return false;
  return (
    (status === 'pending' && attempts === forgiven) || (status === 'running' && attempts === forgiven + 1)
  );
}

/** How a step stands, after its name. */
export function standsAs({ status }: StepState): string {
  const words: Record<StepState['status'], string> = {
    pending: 'has not begun',
    running: 'is running',
    waiting: 'is waiting',
    succeeded: 'is done',
    failed: 'failed',
    'in-doubt': 'is in doubt',
    skipped: 'was skipped',
    'rolled-back': 'was rolled back',
  };
  return words[status];
}

/** Goes on without a step that has not begun, waits, failed or is in doubt. Approvals are never skipped: that is what they are for. */
export function decideSkip(
  { step: name, reason }: CommandOf<'skip'>,
  asked: Asked,
  rollout: Rollout,
): Decision {
  const what = `${name} was not skipped.`;
  const found = stepNamed(rollout, name, what);
  if ('refusal' in found) return found;
  const refusal =
    notSkippable(rollout, asked, found, what) ??
    lacking(asked, rollout.plan.environment.name, 'skip', what) ??
    (isStale(rollout, asked, name) ? stale(rollout, asked, what) : undefined);
  if (refusal) return { refusal };
  const why = `Skipped by ${asked.person.name}: ${reason ?? 'no reason given'}`;
  return { facts: [{ type: 'step.skipped', data: { step: name, reason: why } }] };
}

function notSkippable(
  rollout: Rollout,
  asked: Asked,
  { placed, step }: { placed: PlacedStep; step: StepState },
  what: string,
): Refusal | undefined {
  const { id } = rollout.state;
  const name = nameOfStep(rollout.plan, placed.step.id);
  if (step.status === 'skipped') {
    return refuse('already-answered', what, `${name} was skipped already.`, seeStatus(id));
  }
  if (placed.step.uses === 'approval') {
    const next = `Have it approved, or end the rollout: \`/rollout abort ${id}\`.`;
    return wrongState(rollout, asked, what, next, 'Approvals can’t be skipped.');
  }
  const over = step.status === 'running' || step.status === 'succeeded' || step.status === 'rolled-back';
  if (!over && isAhead(rollout, placed)) return undefined;
  return wrongState(rollout, asked, what, seeStatus(id), `${name} ${standsAs(step)}.`);
}
