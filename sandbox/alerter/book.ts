import { z } from 'zod';
import type { Json } from '../../src/core/json.ts';
import { durable } from '../service/durable.ts';
import { type Alert, alertSchema, createEvaluation } from './alerts.ts';
import { createDelivery } from './deliver.ts';
import type { Receiver } from './payload.ts';
import type { Signal } from './scrape.ts';
import { isSilenced, type SilenceShelf, silenceSchema } from './silences.ts';

const bookSchema = z.strictObject({
  alerts: z.array(alertSchema).describe('What fires, and what has ended and is still to be told'),
  told: z.record(z.string(), z.string()).describe('Told as firing: by fingerprint, since when it fires'),
  silences: z.array(silenceSchema),
});

/** The alerts and silences of the sandbox, kept over restarts: what was told as firing is also told as over. */
export interface Book {
  silences: SilenceShelf;
  /** Takes a look into account, and tells the receiver what is news. */
  look(signals: readonly Signal[], receiver: Receiver | undefined, now: number): void;
  /** What fires, as Alertmanager's API v2 shows it in short. */
  shown(now: number): Json;
}

export function openBook(file: string): Book {
  const kept = durable(file, bookSchema, { alerts: [], told: {}, silences: [] });
  const evaluation = createEvaluation();
  const change = (changed: Partial<z.infer<typeof bookSchema>>): void => {
    const next = { ...kept.value, ...changed };
    if (JSON.stringify(next) !== JSON.stringify(kept.value)) kept.set(next);
  };
  const delivery = createDelivery((taken) => {
    const { alerts, told } = kept.value;
    const over = new Set(taken.filter(isOver).map(keyOf));
    const since = Object.fromEntries(taken.map(({ fingerprint, startsAt }) => [fingerprint, startsAt]));
    const remaining = alerts.filter((alert) => !over.has(keyOf(alert)));
    const names = new Set(remaining.map(({ fingerprint }) => fingerprint));
    const stillTold = Object.entries({ ...told, ...since }).filter(([fingerprint]) => names.has(fingerprint));
    change({ alerts: remaining, told: Object.fromEntries(stillTold) });
  });
  const isLoud = (alert: Alert, now: number): boolean =>
    isOver(alert) || !isSilenced(kept.value.silences, alert.labels, now);
  return {
    silences: { all: () => kept.value.silences, set: (silences) => change({ silences: [...silences] }) },
    look(signals, receiver, now) {
      const { alerts, told } = kept.value;
      const after = evaluation.after(
        alerts.filter((alert) => !isOver(alert)),
        signals,
        now,
      );
      const anew = new Set(after.map(({ fingerprint }) => fingerprint));
      const before = alerts.filter((alert) => isOver(alert) && !anew.has(alert.fingerprint));
      const wasTold = ({ fingerprint, startsAt }: Alert) => told[fingerprint] === startsAt;
      change({ alerts: [...before, ...after].filter((alert) => !isOver(alert) || wasTold(alert)) });
      if (receiver === undefined) return;
      const loud = kept.value.alerts.filter((alert) => isLoud(alert, now));
      delivery.tell(loud, receiver, now);
    },
    shown: (now) =>
      kept.value.alerts
        .filter((alert) => !isOver(alert))
        .map((alert) => ({
          fingerprint: alert.fingerprint,
          labels: alert.labels,
          annotations: { summary: alert.summary },
          startsAt: alert.startsAt,
          status: { state: isLoud(alert, now) ? 'active' : 'suppressed' },
        })),
  };
}

function isOver({ endsAt }: Alert): boolean {
  return endsAt !== undefined;
}

function keyOf({ fingerprint, startsAt }: Alert): string {
  return `${fingerprint} ${startsAt}`;
}
