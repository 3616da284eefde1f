import { z } from 'zod';
import type { Telling } from '../../core/alerts/notice.ts';
import { faultOf, type Reading } from './reading.ts';
import { keptKey, keptText, keptTexts, linksOf } from './texts.ts';

/** Google adds fields and changes what is optional: one that we could do without never refuses an alert. */
const text = z.string().optional().catch(undefined);
const labels = z.record(z.string(), z.coerce.string()).catch({}).default({});
const seconds = z.number().min(0).max(100_000_000_000).nullish().catch(undefined);

const incidentSchema = z.object({
  incident_id: z.string().min(1),
  state: z.string(),
  started_at: seconds,
  ended_at: seconds,
  policy_name: text,
  condition_name: text,
  severity: text,
  summary: text,
  url: text,
  observed_value: text,
  threshold_value: text,
  scoping_project_id: text,
  condition: z.object({ name: text }).optional().catch(undefined),
  documentation: z.object({ content: text }).nullish().catch(undefined),
  resource: z.object({ type: text, labels }).nullish().catch(undefined),
  metric: z.object({ type: text, labels }).nullish().catch(undefined),
  metadata: z.object({ user_labels: labels }).nullish().catch(undefined),
  policy_user_labels: labels,
});
type Incident = z.infer<typeof incidentSchema>;

const pushSchema = z.object({ message: z.object({ data: z.string() }) });
const versionSchema = z.object({ version: z.string() });
const payloadSchema = z.object({ incident: incidentSchema });

/** Reads an incident of Cloud Monitoring (webhook version 1.2), as it is or in a push of Pub/Sub. */
export function readGoogleMonitoring(body: unknown): Reading {
  const push = pushSchema.safeParse(body);
  if (!push.success) return readIncident(body);
  const { data } = push.data.message;
  try {
    return readIncident(JSON.parse(Buffer.from(data, 'base64').toString()));
  } catch {
    return { fault: 'The data of the Pub/Sub message is no JSON.' };
  }
}

function readIncident(body: unknown): Reading {
  const version = versionSchema.safeParse(body).data?.version;
  if (version === 'test') return { tellings: [], remark: 'Google Cloud tested its notification channel.' };
  if (version === undefined) return { fault: 'The payload says no version; Cloud Monitoring’s says "1.2".' };
  if (version !== '1.2') {
    return {
      fault: `The payload says version ${version.slice(0, 20)}; only Cloud Monitoring's 1.2 is read.`,
    };
  }
  const payload = payloadSchema.safeParse(body);
  if (!payload.success) return faultOf('no incident of Cloud Monitoring', payload.error);
  return { tellings: [tellingOf(payload.data.incident)] };
}

function tellingOf(incident: Incident): Telling {
  const { started_at, ended_at } = incident;
  const status = incident.state.toLowerCase() === 'closed' ? 'resolved' : 'firing';
  const name = incident.policy_name ?? incident.condition_name ?? 'Cloud Monitoring';
  return {
    source: 'google-monitoring',
    groupKey: keptKey(policyOf(incident)),
    groupLabels: keptTexts({ alertname: name }),
    fingerprint: keptKey(incident.incident_id),
    status,
    ...(started_at ? { startsAt: instantOf(started_at) } : {}),
    ...(status === 'resolved' && ended_at ? { endsAt: instantOf(ended_at) } : {}),
    labels: labelsOf(incident, name),
    annotations: annotationsOf(incident),
    links: linksOf()({ 'Google Cloud': incident.url }),
  };
}

function instantOf(epochSeconds: number): string {
  return new Date(Math.round(epochSeconds * 1_000)).toISOString();
}

/** Incidents of one alerting policy are one group. */
function policyOf({ condition, scoping_project_id, policy_name, incident_id }: Incident): string {
  const policy = /^projects\/[^/]+\/alertPolicies\/[^/]+/.exec(condition?.name ?? '')?.[0];
  return policy ?? [scoping_project_id, policy_name ?? incident_id].filter(Boolean).join('/');
}

/** The labels of the resource, the metric and the metadata, and above them those that people gave the policy. */
function labelsOf(incident: Incident, alertname: string): Telling['labels'] {
  const { condition_name, scoping_project_id, resource, metric, metadata, severity } = incident;
  const own = {
    alertname,
    ...(condition_name === undefined ? {} : { condition: condition_name }),
    ...(severity === undefined || /^no severity$/i.test(severity)
      ? {}
      : { severity: severity.toLowerCase() }),
  };
  return keptTexts({
    ...(scoping_project_id === undefined ? {} : { project_id: scoping_project_id }),
    ...(resource?.type === undefined ? {} : { resource_type: resource.type }),
    ...(metric?.type === undefined ? {} : { metric_type: metric.type }),
    ...resource?.labels,
    ...metric?.labels,
    ...metadata?.user_labels,
    ...own,
    ...incident.policy_user_labels,
  });
}

function annotationsOf({ summary, documentation, observed_value, threshold_value }: Incident) {
  const told = { summary, description: documentation?.content, observed_value, threshold_value };
  const given = Object.entries(told).flatMap(([name, value]) => (value ? [[name, keptText(value)]] : []));
  return Object.fromEntries(given) as Record<string, string>;
}
