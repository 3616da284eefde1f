import { z } from 'zod';
import type { Json } from '../../src/core/json.ts';
import type { Alert } from './alerts.ts';

export const receiverSchema = z.strictObject({
  webhook: z.url(),
  token: z.string(),
  console: z.url(),
});

/** Where alerts go: a webhook with its token, and the console whose pages they link to. */
export type Receiver = z.infer<typeof receiverSchema>;

/**
 * What Alertmanager posts for a group of alerts, version 4 of its webhook. The alerter has no pages of its own.
 * Rule: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export function payloadOf(name: string, alerts: readonly Alert[], { console }: Receiver): Json {
  const told = alerts.map((alert) => toldOf(alert, name, console));
  return {
    version: '4',
    groupKey: `{}:{alertname="${name}"}`,
    truncatedAlerts: 0,
    status: told.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    receiver: 'cutover',
    groupLabels: { alertname: name },
    commonLabels: common(told.map(({ labels }) => labels)),
    commonAnnotations: common(told.map(({ annotations }) => annotations)),
    externalURL: '',
    alerts: told,
  };
}

function toldOf({ fingerprint, labels, summary, startsAt, endsAt }: Alert, name: string, console: string) {
  return {
    status: endsAt === undefined ? 'firing' : 'resolved',
    labels,
    annotations: {
      summary,
      runbook_url: `${console}/sandbox/runbooks/${name}`,
      dashboard_url: `${console}/sandbox/dashboard`,
    },
    startsAt,
    endsAt: endsAt ?? '0001-01-01T00:00:00Z',
    generatorURL: '',
    fingerprint,
  };
}

function common([first, ...others]: readonly Record<string, string>[]): Record<string, string> {
  const shared = Object.entries(first ?? {}).filter(([name, value]) =>
    others.every((other) => other[name] === value),
  );
  return Object.fromEntries(shared);
}
