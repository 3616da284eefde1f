import { onCallOf } from '../core/policy/on-call.ts';
import type { Policy } from '../core/policy/schema.ts';
import { createDesk } from '../jobs/desk.ts';
import { keepDeskOpen } from '../jobs/desk-hours.ts';
import type { Clock } from '../ports/clock.ts';
import type { Store } from './store.ts';

/** The desk of a worker, which brings alerts to their rollouts. Resolves the way to stop it. */
export function startDesk(parts: {
  store: Store;
  clock: Clock;
  policy(): Policy;
  onError(error: unknown): void;
}): () => Promise<void> {
  const { store, clock, policy, onError } = parts;
  const [alerts, rollouts] = [store.patientAlerts, store.patientRollouts];
  const onCall = (environment: string) => onCallOf(policy(), environment);
  const desk = createDesk({ alerts, rollouts, clock, onCall, onError });
  return keepDeskOpen({ desk, alerts, rollouts, clock, onError });
}
