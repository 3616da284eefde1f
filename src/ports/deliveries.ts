/**
 * What came in from a platform, kept until it is worked on, so that the platform may forget it. Each delivery is
 * worked on once, over all processes and restarts; one whose worker died is handed out again, marked as such.
 */
export interface Deliveries {
  /** Keeps a delivery; false when it was kept before, also when it is done by now. Rejects when it can't tell. */
  keep(key: string, content: string): Promise<boolean>;
  /** The right to work on it; undefined when it is done, or somebody is at it. */
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
