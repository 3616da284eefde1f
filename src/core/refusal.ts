/** Why something was not done. A closed set, so that callers can tell refusals apart without reading text. */
export type RefusalReason =
  | 'not-understood'
  | 'unknown-rollout'
  | 'unknown-playbook'
  | 'unknown-person'
  | 'not-allowed'
  | 'own-rollout'
  | 'already-answered'
  | 'stale-button'
  | 'wrong-state'
  | 'plan-changed'
  | 'environment-busy'
  | 'environment-locked'
  | 'environment-frozen'
  | 'superseded'
  | 'bad-input';

/** A refusal is a value: what was refused, why, and what the person can do next, each one sentence. */
export interface Refusal {
  reason: RefusalReason;
  what: string;
  why: string;
  next: string;
}

/** Makes a refusal; every part is said, so that nobody is left to guess. */
export function refuse(reason: RefusalReason, what: string, why: string, next: string): Refusal {
  return { reason, what, why, next };
}
