/**
 * What came in from a platform, kept until it is worked on, so that the platform may forget it. Each delivery is
 * worked on once, over all processes and restarts; one whose worker died is handed out again, marked as such.
 */
export interface Deliveries {
  /**
   * Keeps a delivery, unless it was kept before, and takes the right to work on it in the same step; undefined when it
   * is done, or somebody is at it. Rejects when it can't tell whether it is kept.
   */
  take(key: string, content: string): Promise<Begun | undefined>;
  /** The right to work on one that was kept; undefined when it is done, or somebody is at it. */
  begin(key: string): Promise<Begun | undefined>;
  /** The keys of those that are not done. */
  open(): Promise<string[]>;
}

export interface Begun {
  content: string;
  /** Somebody began before, and died: what it asked for may have been done. */
  interrupted: boolean;
  /** Says that the work goes on; to be called every few seconds. */
  extend(): Promise<void>;
  done(): Promise<void>;
}
