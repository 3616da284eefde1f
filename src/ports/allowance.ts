/** A limit of a platform: one call each `every` milliseconds, and up to `burst` at once after a rest. */
export interface Limit {
  /** Limits of the same name are one limit, over all processes. */
  name: string;
  every: number;
  burst: number;
  /** A platform that asks to slow down means this limit. */
  held?: true;
}

/** Counts the calls to the platforms, for all processes together. */
export interface Allowance {
  /**
   * Takes a call out of all of these limits, or out of none. `wait`: 0 when it may be made now, else the
   * milliseconds after which asking again makes sense, because of the limit `by`.
   */
  take(limits: readonly Limit[]): Promise<{ wait: number; by?: string }>;
  /** Puts a call that was taken and not made back into these limits. */
  giveBack(limits: readonly Limit[]): Promise<void>;
  /** For so many milliseconds nothing is allowed under this limit. */
  hold(limit: Limit, milliseconds: number): Promise<void>;
}
