/** What differs from alert to alert. */
export interface ToldAlert {
  name: string;
  instance?: string;
  severity?: 'page' | 'warning';
  /** Milliseconds since the epoch, by the clock of whoever tells. */
  startsAt: number;
  /** Absent: it fires. */
  endsAt?: number;
}

/** Alerts of the sandbox in one group, as Alertmanager posts them. */
export function payloadOf(alerts: readonly ToldAlert[]): object {
  const name = alerts[0]?.name ?? '';
  return {
    version: '4',
    receiver: 'cutover',
    status: alerts.some(({ endsAt }) => endsAt === undefined) ? 'firing' : 'resolved',
    groupKey: `{}:{alertname="${name}"}`,
    groupLabels: { alertname: name },
    externalURL: 'http://alertmanager.example:9093',
    truncatedAlerts: 0,
    alerts: alerts.map(({ instance = 'a', severity = 'warning', startsAt, endsAt }) => ({
      status: endsAt === undefined ? 'firing' : 'resolved',
      labels: { alertname: name, environment: 'sandbox', instance, severity },
      annotations: { summary: `${name} on ${instance}` },
      startsAt: new Date(startsAt).toISOString(),
      endsAt: endsAt === undefined ? '0001-01-01T00:00:00Z' : new Date(endsAt).toISOString(),
      generatorURL: 'http://prometheus.example:9090/graph',
      fingerprint: `${name}-${instance}`,
    })),
  };
}
