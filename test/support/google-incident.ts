import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { until } from './until.ts';

const policySchema = z.looseObject({
  name: z.string(),
  displayName: z.string(),
  conditions: z.tuple([z.looseObject({ displayName: z.string() })]),
  notificationChannels: z.array(z.string()),
  userLabels: z.record(z.string(), z.string()),
});
const channelSchema = z.looseObject({
  type: z.string(),
  labels: z.record(z.string(), z.string()),
  userLabels: z.record(z.string(), z.string()).default({}),
});
const checkSchema = z.looseObject({
  monitoredResource: z.looseObject({ labels: z.looseObject({ host: z.string() }) }),
});
const monitoringSchema = z.looseObject({
  uptimeCheckConfigs: z.record(z.string(), checkSchema),
  alertPolicies: z.record(z.string(), policySchema),
  notificationChannels: z.record(z.string(), channelSchema),
});
const stateSchema = z.object({ value: z.object({ operations: monitoringSchema }) });

/** What Cloud Monitoring holds, as the double of a project keeps it in a folder. */
export async function monitoringIn(folder: string): Promise<z.infer<typeof monitoringSchema>> {
  const text = await readFile(join(folder, 'state.json'), 'utf8');
  return stateSchema.parse(JSON.parse(text)).value.operations;
}

/** Where each topic of Pub/Sub pushes to, and the token that its subscription sends. */
export interface Subscriptions {
  topics: Readonly<Record<string, string>>;
  token: string;
}

function post(url: string, token: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

/**
 * Raises an incident of a policy as Cloud Monitoring does, by what the policy itself holds: it goes to the topics of its
 * channels, and from there to whoever is subscribed, again until it is taken. Gives what closes it. Rejects where nobody gets to know.
 * Rule: https://cloud.google.com/monitoring/support/notification-options#pubsub (schema version 1.2)
 */
export async function raiseIncident(folder: string, title: string, to: Subscriptions) {
  const { alertPolicies, notificationChannels } = await monitoringIn(folder);
  const policy = Object.values(alertPolicies).find(({ displayName }) => displayName === title);
  if (policy === undefined) throw new Error(`there is no policy "${title}"`);
  const topics = policy.notificationChannels.map((name) => notificationChannels[name]?.labels.topic ?? '');
  const [condition] = policy.conditions;
  const started = Math.floor(Date.now() / 1_000);
  const incident = {
    incident_id: `0.${randomUUID().slice(0, 12)}`,
    url: 'https://console.cloud.google.com/monitoring/alerting/incidents/0',
    scoping_project_id: policy.name.split('/')[1] ?? '',
    policy_name: policy.displayName,
    policy_user_labels: policy.userLabels,
    condition: { name: `${policy.name}/conditions/1`, displayName: condition.displayName },
    condition_name: condition.displayName,
    resource: { type: 'cloud_run_revision', labels: { service_name: 'cloud-trader' } },
    summary: 'Log match condition fired.',
    started_at: started,
  };
  const tell = async (state: 'open' | 'closed'): Promise<void> => {
    const ended_at = state === 'closed' ? Math.ceil(Date.now() / 1_000) : null;
    const payload = { version: '1.2', incident: { ...incident, state, ended_at } };
    const data = Buffer.from(JSON.stringify(payload)).toString('base64');
    const heard = topics.flatMap((topic) => to.topics[topic] ?? []);
    if (heard.length === 0) throw new Error(`nobody is subscribed to ${topics.join(', ') || 'any channel'}`);
    for (const url of heard) {
      const push = { message: { data, messageId: randomUUID() }, subscription: 'alerts' };
      await until(`${url} to take the push`, async () => (await post(url, to.token, push)).ok, 60);
    }
  };
  await tell('open');
  return { close: () => tell('closed') };
}
