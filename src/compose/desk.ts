import { onCallOf } from '../core/policy/on-call.ts';
import type { Policy } from '../core/policy/schema.ts';
import { type Redact, redactJson } from '../core/redact.ts';
import { createDesk } from '../jobs/desk.ts';
import { keepDeskOpen } from '../jobs/desk-hours.ts';
import type { AlertGroup } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Rollout } from '../ports/rollouts.ts';
import type { Store } from './store.ts';

/** The desk of a worker, which brings alerts to their rollouts. Resolves the way to stop it. */
export function startDesk(parts: {
  store: Store;
  clock: Clock;
  policy(): Policy;
  redact: Redact;
  onRead?(rollout: Rollout): void;
  onError(error: unknown): void;
}): () => Promise<void> {
  const { store, clock, policy, onError } = parts;
  const redact = (group: AlertGroup) => redactJson(group, parts.redact) as AlertGroup;
  const [alerts, rollouts] = [store.patientAlerts, store.patientRollouts];
  const onCall = (environment: string) => onCallOf(policy(), environment);
  const told = parts.onRead ? { onRead: parts.onRead } : {};
  const desk = createDesk({ alerts, rollouts, clock, onCall, redact, onError, ...told });
  return keepDeskOpen({ desk, alerts, rollouts, clock, onError });
}
