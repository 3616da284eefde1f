import { claimAround } from './closing.ts';
import type { Fact } from './event.ts';
import type { Folded } from './fold.ts';
import { type AtWork, type Next, next } from './next.ts';
import { suppose } from './suppose.ts';

/** All that can be recorded at once, and what is to be done when it stands in the journal. */
export interface Turn {
  facts: Fact[];
  /** What the same append does to the environment's claim. */
  environment?: 'release' | 'reclaim';
  next: Exclude<Next, { do: 'record' }>;
}

/**
 * Follows `next` as far as it goes without touching the world: what has come out of the steps, what follows
 * from it, and the intents of the steps that are next, all in one append. So a step costs one append, not two.
 */
export function turn(
  before: Folded,
  outcomes: readonly Fact[],
  now: number,
  epoch: number,
  atWork: AtWork,
): Turn {
  const at = new Date(now).toISOString();
  const facts = [...outcomes];
  let release = false;
  let ahead = suppose(before, outcomes, at);
  for (;;) {
    const decided = next(ahead.plan, ahead.state, now, atWork);
    if (decided.do !== 'record') {
      const claim = claimAround(ahead.plan, ahead.state, startsOf(decided));
      const environment = claim ?? (release ? 'release' : undefined);
      return {
        facts: [...facts, ...claimed(claim), ...intents(decided, epoch)],
        ...(environment === undefined ? {} : { environment }),
        next: decided,
      };
    }
    facts.push(...decided.facts);
    release ||= decided.release === true;
    ahead = suppose(ahead, decided.facts, at);
  }
}

function startsOf(decided: Next): ReadonlySet<string> {
  const work = decided.do === 'work' ? decided.work : [];
  return new Set(work.flatMap(({ mode, step }) => (mode === 'start' ? [step] : [])));
}

function claimed(claim: 'reclaim' | 'release' | undefined): Fact[] {
  if (claim === undefined) return [];
  return [{ type: claim === 'reclaim' ? 'rollout.reclaimed' : 'rollout.released', data: {} }];
}

function intents(decided: Next, epoch: number): Fact[] {
  if (decided.do !== 'work') return [];
  return decided.work.flatMap((work): Fact[] => {
    if (work.mode !== 'start') return [];
    const { step, attempt, input } = work;
    return [{ type: 'step.started', data: { step, attempt, epoch, input } }];
  });
}
