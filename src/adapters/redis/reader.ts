import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { environmentEventSchema } from '../../core/environment/event.ts';
import { type EnvironmentState, foldEnvironment, newEnvironment } from '../../core/environment/state.ts';
import { type RolloutEvent, rolloutEventSchema } from '../../core/rollout/event.ts';
import { fold } from '../../core/rollout/fold.ts';
import type { RolloutState } from '../../core/rollout/state.ts';
import type { Rollout } from '../../ports/rollouts.ts';
import { keys } from './keys.ts';

/** A new snapshot is written when the journal has grown by so many events: reading never folds more than that. */
export const snapshotEvery = 200;

/**
 * Reads journals and folds them; what was folded once is kept, so that a read costs only what is new. The last event
 * that is known is read along: a Redis that lost its last writes (a failover to a replica, a loss of power) is noticed,
 * and what is kept is folded anew from what is left.
 */
export interface Reader {
  rollout(id: string): Promise<Rollout | undefined>;
  environment(name: string): Promise<EnvironmentState>;
  events(id: string, after: number): Promise<RolloutEvent[]>;
  /** What is kept of a rollout without asking Redis. */
  kept(id: string): Rollout | undefined;
  /** The place in the journal from which `follow` wants its lines. */
  from(known: Rollout | undefined): number;
  /** Folds the lines of a journal behind what is known of it, and keeps the result; undefined for an empty journal. */
  follow(id: string, known: Rollout | undefined, lines: readonly string[]): Promise<Rollout | undefined>;
  /** Keeps a rollout that was just written. */
  keep(rollout: Rollout): void;
  /** Keeps an environment that is known to be newer. */
  keepEnvironment(state: EnvironmentState): void;
}

export function createReader(redis: Redis, options: { keep?: number } = {}): Reader {
  const rollouts = new LRUCache<string, Rollout>({ max: options.keep ?? 2_000 });
  const environments = new Map<string, EnvironmentState>();

  const keep = (rollout: Rollout): void => {
    const { id, seq } = rollout.state;
    if ((rollouts.get(id)?.state.seq ?? 0) < seq) rollouts.set(id, rollout);
  };
  const extend = (before: Rollout | undefined, lines: readonly string[]): Rollout | undefined => {
    const folded = fold(before, lines.map(parseEvent));
    if (folded) keep(folded);
    return folded;
  };
  const follow: Reader['follow'] = async (id, known, lines) => {
    if (!known) return extend(undefined, lines);
    if (isStill(known.state, lines)) return extend(known, lines.slice(1));
    rollouts.delete(id);
    return extend(undefined, await redis.lrange(keys.journal(id), 0, -1));
  };

  return {
    kept: (id) => rollouts.get(id),
    from: (known) => placeOf(known?.state),
    follow,
    keep,
    keepEnvironment: (state) => void environments.set(state.name, state),
    async rollout(id) {
      const known = rollouts.get(id) ?? (await readSnapshot(redis, id));
      return follow(id, known, await redis.lrange(keys.journal(id), placeOf(known?.state), -1));
    },
    async environment(name) {
      const key = keys.environment(name);
      const known = environments.get(name) ?? newEnvironment(name);
      const lines = await redis.lrange(key, placeOf(known), -1);
      const state = isStill(known, lines)
        ? foldAll(known, lines.slice(known.seq === 0 ? 0 : 1))
        : foldAll(newEnvironment(name), await redis.lrange(key, 0, -1));
      environments.set(name, state);
      return state;
    },
    async events(id, after) {
      return (await redis.lrange(keys.journal(id), after, -1)).map(parseEvent);
    },
  };
}

/** The last event that is known of a journal. */
export interface End {
  seq: number;
  head: string;
}

/** The place from which a journal is read, so that its last known event is read along. */
export function placeOf(known: End | undefined): number {
  return Math.max((known?.seq ?? 0) - 1, 0);
}

/** Whether the last known event stands where it stood. An event's hash is found in its own line. */
export function isStill({ seq, head }: End, lines: readonly string[]): boolean {
  return seq === 0 || (lines[0]?.includes(head) ?? false);
}

function foldAll(state: EnvironmentState, lines: readonly string[]): EnvironmentState {
  return lines.reduce(
    (at, line) => foldEnvironment(at, environmentEventSchema.parse(JSON.parse(line))),
    state,
  );
}

function parseEvent(line: string): RolloutEvent {
  return rolloutEventSchema.parse(JSON.parse(line));
}

/** A snapshot is our own writing, checked by its version; the plan comes from the event that holds it. */
async function readSnapshot(redis: Redis, id: string): Promise<Rollout | undefined> {
  const text = await redis.get(keys.snapshot(id));
  if (text === null) return undefined;
  const state = JSON.parse(text) as RolloutState;
  if (state.v !== 1) return undefined;
  const line = await redis.lindex(keys.journal(id), state.planAt - 1);
  const event = line === null ? undefined : parseEvent(line);
  return event && 'data' in event && 'plan' in event.data ? { plan: event.data.plan, state } : undefined;
}

/**
 * Writes a snapshot when one is due after growing from `before` to `after`. What it was taken of is recorded by
 * then: a snapshot that can't be written is made up for by the next.
 */
export async function snapshotIfDue(redis: Redis, before: number, after: RolloutState): Promise<void> {
  if (Math.floor(before / snapshotEvery) === Math.floor(after.seq / snapshotEvery)) return;
  await redis.set(keys.snapshot(after.id), JSON.stringify(after)).catch(() => undefined);
}
