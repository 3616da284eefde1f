import type { Milliseconds } from '../playbook/duration.ts';

const day = 86_400_000;

/** How long the journal of alerts keeps what it was told. */
export const retention = {
  /** A firing alert that nobody tells again: a sender that lives repeats itself within hours. */
  firing: 30 * day,
  resolved: 7 * day,
  /** What was accepted, and when. */
  journal: 30 * day,
} as const satisfies Record<string, Milliseconds>;

/** That a firing alert is told again is noted when the last note is older than this, so that repeats write nothing. */
export const noteEvery = day;
