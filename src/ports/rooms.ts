/** A room that can't be written to until a person mends it, or one rollout's thread in it that was given up. */
export interface Closure {
  /** `platform:id` */
  channel: string;
  /** Absent: the whole room. */
  rollout?: string;
  /** A sentence or two: what is wrong, and what to do. */
  why: string;
  /** ISO 8601 */
  since: string;
}

/** What is known of closed rooms, shared by all processes. No part of any journal: chat is a projection. */
export interface Rooms {
  closed(): Promise<Closure[]>;
  /** True when nobody knew it before. */
  close(closure: Closure): Promise<boolean>;
  /** Opens a channel, or forgets a thread (`<rollout> <channel>`). True when it was closed. */
  open(name: string): Promise<boolean>;
}
