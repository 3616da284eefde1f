/** What Alertmanager 0.25.0 posted, byte for byte but for the addresses. */
export const alertmanagerPayload = {
  receiver: 'bot',
  status: 'firing',
  alerts: [
    {
      status: 'resolved',
      labels: { alertname: 'HighErrorRate', instance: 'a', service: 'checkout', severity: 'page' },
      annotations: {
        dashboard_url: 'https://grafana.example/d/1',
        runbook_url: 'https://runbooks.example/errors',
        summary: 'Errors are at 4.1 %',
      },
      startsAt: '2026-11-21T23:51:05.123456789Z',
      endsAt: '2026-11-21T23:51:09Z',
      generatorURL: 'http://prometheus.example:9090/graph?g0.expr=x%3E1&g0.tab=1',
      fingerprint: '5d53deb3770e4b6b',
    },
    {
      status: 'firing',
      labels: { alertname: 'HighErrorRate', instance: 'b', service: 'checkout', severity: 'page' },
      annotations: { summary: 'Errors are at 4.1 %' },
      startsAt: '2026-11-21T23:51:05.343785463Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: '',
      fingerprint: 'f83153fbd26b7536',
    },
  ],
  groupLabels: { alertname: 'HighErrorRate', service: 'checkout' },
  commonLabels: { alertname: 'HighErrorRate', service: 'checkout', severity: 'page' },
  commonAnnotations: { summary: 'Errors are at 4.1 %' },
  externalURL: 'http://am.example:9093',
  version: '4',
  groupKey: '{}:{alertname="HighErrorRate", service="checkout"}',
  truncatedAlerts: 0,
};

/** The fields of an incident as Google documents and sends them. */
export const googlePayload = {
  version: '1.2',
  incident: {
    incident_id: '0.mtdi83m6w8ao',
    scoping_project_id: 'shop-production',
    scoping_project_number: 286_919_713_412,
    url: 'https://console.cloud.google.com/monitoring/alerting/incidents/0.mtdi83m6w8ao?project=shop-production',
    started_at: 1_763_769_065,
    ended_at: null as number | null,
    state: 'open',
    resource_id: '',
    resource_name: 'shop-production Cloud Run Revision labels {service_name=checkout}',
    resource_type_display_name: 'Cloud Run Revision',
    resource: {
      type: 'cloud_run_revision',
      labels: { project_id: 'shop-production', service_name: 'checkout', location: 'us-central1' },
    },
    metric: {
      type: 'run.googleapis.com/request_count',
      displayName: 'Request Count',
      labels: { response_code_class: '5xx' },
    },
    metadata: { system_labels: {}, user_labels: { tier: 'front' } },
    policy_name: 'Too many errors',
    policy_user_labels: { service: 'checkout', severity: 'page' },
    documentation: { content: 'Look at the traces first.', mime_type: 'text/markdown' },
    condition: {
      name: 'projects/shop-production/alertPolicies/1098849/conditions/1098850',
      displayName: 'Errors over 1 %',
      conditionThreshold: { comparison: 'COMPARISON_GT', thresholdValue: 0.01 },
    },
    condition_name: 'Errors over 1 %',
    threshold_value: '0.01',
    observed_value: '0.041',
    summary: 'Request Count for checkout is above the threshold of 0.01 with a value of 0.041.',
  },
};

/** The same as Pub/Sub pushes it. */
export function pushOf(payload: unknown) {
  return {
    message: {
      data: Buffer.from(JSON.stringify(payload)).toString('base64'),
      messageId: '2070443601311540',
      publishTime: '2026-11-21T23:51:06.400Z',
      attributes: {},
    },
    subscription: 'projects/shop-production/subscriptions/alerts',
  };
}
