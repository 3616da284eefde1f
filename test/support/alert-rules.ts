import type { AlertRule } from './prometheus.ts';

/** The colours of the sandbox, each as one alert: too many errors (a page), and too slow (a warning). */
export const sandboxRules: readonly AlertRule[] = [
  {
    alert: 'HighErrorRate',
    expr: [
      'sum by (environment, colour) (rate(http_requests_total{status=~"5.."}[5s]))',
      '/ sum by (environment, colour) (rate(http_requests_total[5s])) > 0.05',
    ].join(' '),
    for: '1s',
    labels: { severity: 'page' },
    annotations: {
      summary: 'More than 5 % of the requests to {{ $labels.colour }} fail',
      runbook_url: 'https://runbooks.example/high-error-rate',
    },
  },
  {
    alert: 'SlowOrders',
    expr: [
      'histogram_quantile(0.95, sum by (le, environment, colour)',
      '(rate(http_request_duration_seconds_bucket[5s]))) > 0.25',
    ].join(' '),
    for: '1s',
    labels: { severity: 'warning' },
    annotations: { summary: 'Orders of {{ $labels.colour }} take long' },
  },
];
