import type { EnvironmentFact } from '../core/environment/event.ts';
import type { EnvironmentState } from '../core/environment/state.ts';
import type { Refusal } from '../core/refusal.ts';
import type { Actor } from '../core/rollout/actor.ts';
import type { Fact, FactData, RolloutEvent } from '../core/rollout/event.ts';
import type { Plan } from '../core/rollout/plan.ts';
import type { RolloutState } from '../core/rollout/state.ts';

/** A rollout as it stands: the pinned plan and the fold of its journal. */
export interface Rollout {
  plan: Plan;
  state: RolloutState;
}

/** What a decision about a rollout is made on, as one reading found it. */
export interface Standing {
  rollout: Rollout;
  environment: EnvironmentState;
  since: readonly RolloutEvent[];
}

/** What a pure decision asks to be recorded, all or nothing; or why not. */
export type Decision =
  | { facts: readonly Fact[]; environment?: readonly EnvironmentFact[] }
  | { refusal: Refusal };

export type Recorded = { rollout: Rollout } | { refusal: Refusal };

/**
 * The rollouts in Redis. Every write is a compare-and-append: when something else was written in between,
 * `decide` is asked again with the newer state, so what is recorded was decided on exactly what it follows.
 * Whatever is recorded wakes the rollout, beside the answer. A claim on an environment tells the newest rollout before it, in the same
 * step, that it is superseded.
 */
export interface Rollouts {
  find(id: string): Promise<Rollout | undefined>;
  /**
   * Newest first. `active`: only those that are not at an end (hypercare is not an end). `duties`: only those with a
   * duty that is not done, also when they have ended; a duty counts once the loop has come to rest after it.
   */
  list(query: {
    environment?: string;
    active?: boolean;
    duties?: boolean;
    limit?: number;
  }): Promise<Rollout[]>;
  events(id: string, after?: number): Promise<RolloutEvent[]>;
  environment(name: string): Promise<EnvironmentState>;
  /** What `record` with the same `id` and `after` decides on; undefined where there is no such rollout. */
  standing(id: string, after?: number): Promise<Standing | undefined>;
  /**
   * Records facts in a rollout's journal, and in its environment's in the same atomic step. `since` are the events
   * behind number `after`, up to the state that is decided on; none without `after`. `asked` is a `standing` of the
   * same `id` and `after` that was asked for once the person had acted: it is decided on first, and what it lacks by
   * now is found out as ever, by the append.
   */
  record(
    id: string,
    actor: Actor,
    decide: (rollout: Rollout, environment: EnvironmentState, since: readonly RolloutEvent[]) => Decision,
    after?: number,
    asked?: Promise<Standing | undefined>,
  ): Promise<Recorded>;
  /**
   * Makes a rollout with the next free id of `short`, started unless it is scheduled, with the facts that `decide`
   * gives for its environment (the claim by this `id`) in the same atomic step.
   */
  create(
    short: string,
    actor: Actor,
    planned: Omit<FactData<'rollout.planned'>, 'id'>,
    decide: (
      environment: EnvironmentState,
      id: string,
    ) => { refusal: Refusal } | { environment: readonly EnvironmentFact[] },
  ): Promise<Recorded>;
  /** Records facts of an environment alone: locks and freezes. */
  recordEnvironment(
    name: string,
    actor: Actor,
    decide: (environment: EnvironmentState) => { facts: readonly EnvironmentFact[] } | { refusal: Refusal },
  ): Promise<{ environment: EnvironmentState } | { refusal: Refusal }>;
  /**
   * Called with the id of each rollout whose journal grew, in this process or another; with 0 for `seq` where only the
   * output of a step did. Returns the way to stop.
   */
  onChange(listener: (id: string, seq: number) => void): () => void;
  /** The last lines of output of a running step, newest last; not part of the journal. */
  tail(id: string, step: string): Promise<string[]>;
}
