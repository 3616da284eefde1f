/** Time and chance, injected so that tests decide them. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Unguessable words: nonces and operation ids. */
export type NewNonce = () => string;

export const systemClock: Clock = { now: () => Date.now() };

/** An instant as the journal writes it. */
export function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
