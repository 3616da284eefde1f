import { setTimeout as pause } from 'node:timers/promises';
import { alertmanagerSilences } from '../adapters/alertmanager/silences.ts';
import type { AlertGroupState } from '../core/alerts/state.ts';
import { list } from '../core/card/words.ts';
import type { Connection } from '../core/rollout/plan.ts';
import { createSilencedAlerts } from '../jobs/silenced-alerts.ts';
import { createSilencing, type Silencing } from '../jobs/silencing.ts';
import type { Clock } from '../ports/clock.ts';
import type { Rollout } from '../ports/rollouts.ts';
import { SilenceError } from '../ports/silences.ts';
import type { Store } from './store.ts';

export interface SilencesParts {
  store: Pick<Store, 'patientRollouts' | 'turns'>;
  clock: Clock;
  fetch: typeof globalThis.fetch;
  secret(name: string): Promise<string | undefined>;
  /** Where an environment names no Alertmanager of its own. */
  alertmanagerUrl?: string;
  onError(error: unknown): void;
}

/** Asks Alertmanager what became of alerts that it keeps quiet about. */
export function watchSilenced(parts: SilencesParts & { store: Pick<Store, 'patientAlerts' | 'memory'> }) {
  const { store, clock, onError } = parts;
  return createSilencedAlerts({
    alerts: store.patientAlerts,
    memory: store.memory,
    clock,
    sourceOf({ plan }, group) {
      const connection = alertmanagerOf(plan.environment, group, parts.alertmanagerUrl);
      return connection && alertmanagerSilences(connection, parts);
    },
    onError,
  });
}

/** Makes the silences that people ask for, at the Alertmanager that tells of the alert. */
export function startSilencing(parts: SilencesParts): Silencing {
  const { store, clock, onError } = parts;
  return createSilencing({
    rollouts: store.patientRollouts,
    turns: store.turns,
    clock,
    silencesFor({ plan }, group) {
      const connection = alertmanagerOf(plan.environment, group, parts.alertmanagerUrl);
      return connection && alertmanagerSilences(connection, parts);
    },
    pause: (time, signal) => pause(time, undefined, { signal }),
    onError,
  });
}

/** The environment's own, else that of the process; of several the one whose page the alert links to. */
export function alertmanagerOf(
  { connections, name }: Rollout['plan']['environment'],
  { source, links }: AlertGroupState,
  otherwise: string | undefined,
): Connection | undefined {
  if (source !== 'alertmanager') return undefined;
  const own = Object.entries(connections).filter(([, { kind }]) => kind === 'alertmanager');
  const [only, second] = own;
  if (only === undefined)
    return otherwise === undefined ? undefined : { kind: 'alertmanager', url: otherwise };
  if (second === undefined) return only[1];
  const linked = own.filter(([, { url }]) => links.some(({ href }) => isUnder(href, url)));
  const [found, other] = linked;
  if (found && other === undefined) return found[1];
  const names = list(own.map(([key]) => key));
  throw new SilenceError(
    'refused',
    `${name} has several Alertmanagers (${names}), and the alert does not say which of them told it`,
  );
}

function isUnder(href: string, url: unknown): boolean {
  return typeof url === 'string' && href.startsWith(`${url.replace(/\/+$/, '')}/`);
}
