import type { Actor } from '../rollout/actor.ts';
import type { EnvironmentEvent } from './event.ts';

/** A window in which nothing is started without an override. */
export interface Freeze {
  id: string;
  from: string;
  to: string;
  reason: string;
  by: Actor;
}

/** What an environment's journal says now. */
export interface EnvironmentState {
  v: 1;
  name: string;
  seq: number;
  head: string;
  /** The one rollout that may change the environment. */
  claimedBy?: string;
  /** The newest rollout that ever claimed it: older rollback buttons are superseded. */
  newest?: string;
  lock?: { by: Actor; at: string; reason: string };
  freezes: Freeze[];
}

export function newEnvironment(name: string): EnvironmentState {
  return { v: 1, name, seq: 0, head: '', freezes: [] };
}

/** Folds one event in. */
export function foldEnvironment(state: EnvironmentState, event: EnvironmentEvent): EnvironmentState {
  const next = { ...state, seq: event.seq, head: event.hash };
  switch (event.type) {
    case 'environment.claimed':
      return { ...next, claimedBy: event.data.rollout, newest: event.data.rollout };
    case 'environment.released': {
      const { claimedBy, ...free } = next;
      return claimedBy === event.data.rollout ? free : next;
    }
    case 'environment.locked':
      return { ...next, lock: { by: event.actor, at: event.at, reason: event.data.reason } };
    case 'environment.unlocked': {
      const { lock: _, ...open } = next;
      return open;
    }
    case 'environment.frozen': {
      const { freeze, from, to, reason } = event.data;
      return { ...next, freezes: [...next.freezes, { id: freeze, from, to, reason, by: event.actor }] };
    }
    case 'environment.thawed':
      return { ...next, freezes: next.freezes.filter((freeze) => freeze.id !== event.data.freeze) };
  }
}
