/** Tells the first sight of something from later ones, over all processes and restarts. */
export interface Seen {
  /** True for the first call with this key within `window` milliseconds, whoever asks. Rejects when it can't tell. */
  first(key: string, window: number): Promise<boolean>;
}
