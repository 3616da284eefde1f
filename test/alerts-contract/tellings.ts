import type { Telling } from '../../src/core/alerts/notice.ts';

/** An instant of the first day of the tests: `10:05` or `10:05:07.250`. */
export const instant = (time: string): number => Date.parse(`2026-11-23T${time}Z`);

/** What Alertmanager tells of an alert, firing since ten unless said otherwise. */
export function telling(changes: Partial<Telling> = {}): Telling {
  return {
    source: 'alertmanager',
    groupKey: '{}:{alertname="HighErrorRate"}',
    groupLabels: { alertname: 'HighErrorRate' },
    fingerprint: 'f1',
    status: 'firing',
    startsAt: new Date(instant('10:00')).toISOString(),
    labels: { alertname: 'HighErrorRate', service: 'checkout', severity: 'page' },
    annotations: { summary: 'Errors are at 4.1 %' },
    links: [{ label: 'Source', href: 'http://prometheus.example/graph' }],
    ...changes,
  };
}

export function resolved(changes: Partial<Telling> & { endsAt: string }): Telling {
  return telling({ status: 'resolved', ...changes });
}
