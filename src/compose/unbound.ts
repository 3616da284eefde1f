import type { Meters } from '../adapters/meters.ts';
import type { Policy } from '../core/policy/schema.ts';
import { type Redact, redactJson } from '../core/redact.ts';
import type { Board } from '../jobs/outbound/ensure.ts';
import type { Showing } from '../jobs/outbound/show.ts';
import { createUnbound, type Unbound, unboundThread } from '../jobs/unbound.ts';
import type { AlertGroup } from '../ports/alerts.ts';
import type { Store } from './store.ts';

export interface UnboundParts {
  store: Store;
  meters: Meters;
  policy(): Policy;
  redact: Redact;
  onError(error: unknown): void;
}

/** The card of alerts that belong to no rollout, in the channel that the policy names for it. */
export interface UnboundBoard {
  boards: ReadonlyMap<string, Board>;
  /** What fires and belongs to no rollout, as of the last look. */
  reports: Unbound['reports'];
  /** Keeps it up to date. Returns the way to stop. */
  start(showing: Pick<Showing, 'add'>): () => void;
}

/** Changes in between are one edit; without any it is looked at as rarely as `sweepEvery` says (milliseconds). */
const pace = 5_000;
const sweepEvery = 60_000;

export function createUnboundBoard({ store, meters, policy, redact, onError }: UnboundParts): UnboundBoard {
  const { patientAlerts: alerts, patientRollouts: rollouts } = store;
  const unbound = createUnbound({
    alerts,
    rollouts,
    redact: (group) => redactJson(group, redact) as AlertGroup,
  });
  return {
    boards: new Map([[unboundThread, unbound]]),
    reports: unbound.reports,
    start(showing) {
      let stirred = true;
      let looking = false;
      let lookedAt = Number.NEGATIVE_INFINITY;
      let first = true;
      meters.watchUnbound(unbound.counts);
      const look = async (): Promise<void> => {
        const changed = await unbound.refresh();
        const channel = policy().alerts?.channel;
        if ((changed || first) && channel) showing.add({ rollout: unboundThread, channel });
        first = false;
      };
      const timer = setInterval(() => {
        const due = stirred || performance.now() - lookedAt >= sweepEvery;
        if (looking || !due) return;
        looking = true;
        stirred = false;
        lookedAt = performance.now();
        void look()
          .catch(onError)
          .finally(() => {
            looking = false;
          });
      }, pace);
      const stopAlerts = alerts.onChange(() => {
        stirred = true;
      });
      const stopRollouts = rollouts.onChange((_id, seq) => {
        stirred ||= seq > 0 && unbound.counts().groups > 0;
      });
      return () => {
        clearInterval(timer);
        stopAlerts();
        stopRollouts();
      };
    },
  };
}
