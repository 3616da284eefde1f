import type { AlertSource, Notice, Telling } from '../core/alerts/notice.ts';

/** All that is known of one group of alerts: the latest notice of each, by its fingerprint. */
export interface AlertGroup {
  /** Made from the source and the group's key; short, and safe in a Redis key. */
  id: string;
  source: AlertSource;
  groupKey: string;
  notices: readonly Notice[];
}

/**
 * The journal of alerts. Deliveries come at least once, late, doubled and out of order (several Alertmanagers, a late
 * alert that sends its whole group again): what is known already changes nothing and wakes nobody.
 */
export interface Alerts {
  /**
   * Stores what is new, durably when this resolves, and answers how many that were. Rejects when it can't; some may
   * be stored then, and a repetition stores the rest.
   */
  accept(tellings: readonly Telling[]): Promise<{ fresh: number }>;
  /** Groups that changed since they were last `seen`, the longest ago first, each with the version to hand to `seen`. */
  changed(limit: number): Promise<{ id: string; version: number }[]>;
  /**
   * Groups in which something fires, seen or not, the one that changed last first: what a window that opens now has
   * to look at, though nothing of it changes.
   */
  firing(limit: number): Promise<{ id: string; version: number }[]>;
  /** Its notices by fingerprint; undefined when nothing is kept of it. What was told long ago is dropped. */
  group(id: string): Promise<AlertGroup | undefined>;
  /** What was told up to this version has been taken into account; a group that changed since stays in `changed`. */
  seen(id: string, version: number): Promise<void>;
  /** Called when groups changed, in this process or another. Returns the way to stop. */
  onChange(listener: () => void): () => void;
}
