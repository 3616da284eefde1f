import type { Actor } from '../rollout/actor.ts';
import type { GroupReport, SilenceMatcher } from './facts.ts';

/**
 * A silence of a group: asked for by a person, then set by a worker, or not. `ending`: somebody asked to remove it, and
 * it counts no more here. `stuck`: it could not be removed at its source.
 */
export interface SilenceState {
  by: Actor;
  at: string;
  until: string;
  reason: string;
  matchers: readonly SilenceMatcher[];
  /** By this it is found again at its source: a part of the hash of the event that asked for it. */
  operation: string;
  status: 'asked' | 'set' | 'failed' | 'ending' | 'stuck';
  /** The id at the source; of one that is set without, only the bot knows. */
  id?: string;
  /** Who asked last to remove it. */
  ending?: { by: Actor; at: string; reason?: string };
  /** Why it could not be set, or not be removed. */
  why?: string;
}

/** A group of alerts that belongs to a rollout, as its journal last told of it. Times are ISO 8601. */
export interface AlertGroupState extends GroupReport {
  n: number;
  /** When the journal learned that it fires, this time. */
  firesSince?: string;
  /** When people were pinged about it. */
  calledAt?: string;
  escalatedAt?: string;
  acknowledged?: { by: Actor; at: string; reason?: string };
  /** That it ended was told to whoever acknowledged it. */
  endTold?: true;
  silence?: SilenceState;
}

/** A message that pinged people. Groups that begin within the minute after it are added to it. */
export interface AlertCall {
  seq: number;
  at: string;
  kind: 'call' | 'escalation';
  roles: string[];
  groups: string[];
}

/** The alerts of a rollout. */
export interface AlertsState {
  /** The number of the last event about alerts. */
  seq: number;
  /** When the latest change was recorded, and how many were. */
  changedAt: string;
  changes: number;
  /** By their number. */
  groups: AlertGroupState[];
  calls: AlertCall[];
  crowded?: true;
}

export function groupOf(alerts: AlertsState | undefined, id: string): AlertGroupState | undefined {
  return alerts?.groups.find((group) => group.id === id);
}

/** A group by the number in its speakable id. */
export function groupNumbered(alerts: AlertsState | undefined, n: number): AlertGroupState | undefined {
  return alerts?.groups.find((group) => group.n === n);
}

/** What people call a group in commands: `aether-7.2`. */
export function speakableId(rollout: string, { n }: Pick<AlertGroupState, 'n'>): string {
  return `${rollout}.${n}`;
}

/** A silence that holds at an instant (milliseconds). */
export function isSilenced({ silence }: AlertGroupState, now: number): boolean {
  return silence?.status === 'set' && Date.parse(silence.until) > now;
}

/** Groups in which something fires. */
export function firingGroups(alerts: AlertsState | undefined): AlertGroupState[] {
  return alerts?.groups.filter(({ firing }) => firing > 0) ?? [];
}
