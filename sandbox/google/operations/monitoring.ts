import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson, type Json } from '../../../src/core/json.ts';
import type { GoogleAnswer, GoogleCall, GoogleRoute } from '../call.ts';
import { type Refusal, refusal } from '../refusal.ts';
import { faultIn, maskOf, type Proto } from '../shape.ts';
import { type Collection, collections, type OperationsState } from './resource.ts';
import { checkThreshold } from './threshold.ts';

type Body = { [key: string]: Json };

const messages = {
  uptimeCheckConfigs: { message: 'UptimeCheckConfig', root: 'uptime_check_config' },
  alertPolicies: { message: 'AlertPolicy', root: 'alert_policy' },
  notificationChannels: { message: 'NotificationChannel', root: 'notification_channel' },
} as const;

const labelsSchema = z.record(
  z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/),
  z.string().regex(/^[a-z0-9_-]{0,63}$/),
);

const requirements = {
  uptimeCheckConfigs: z.looseObject({
    displayName: z.string().min(1),
    monitoredResource: z.looseObject({
      type: z.literal('uptime_url'),
      labels: z.looseObject({ host: z.string().min(1) }),
    }),
    httpCheck: z.looseObject({}),
    period: z.enum(['60s', '300s', '600s', '900s']).optional(),
    userLabels: labelsSchema.optional(),
  }),
  alertPolicies: z.looseObject({
    displayName: z.string().min(1),
    combiner: z.enum(['AND', 'OR', 'AND_WITH_MATCHING_RESOURCE']),
    conditions: z.array(z.looseObject({ displayName: z.string().min(1) })).min(1),
    userLabels: labelsSchema.optional(),
  }),
  notificationChannels: z.looseObject({
    type: z.enum(['email', 'pubsub', 'webhook_basicauth', 'webhook_tokenauth', 'slack']),
    labels: z.record(z.string(), z.string()),
    userLabels: labelsSchema.optional(),
  }),
} satisfies Record<Collection, z.ZodType>;

const topic = /^projects\/[a-z0-9-]+\/topics\/[A-Za-z][A-Za-z0-9._~+%-]+$/;

function invalid(text: string, field: string): Refusal {
  return refusal('INVALID_ARGUMENT', text, field);
}

/** Refuses what isn't a whole resource of its kind. */
function checkWhole(state: OperationsState, collection: Collection, body: Body): void {
  const { root } = messages[collection];
  const parsed = requirements[collection].safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(
      `Field ${root}.${issue?.path.join('.')} is invalid: ${issue?.message}`,
      `${root}.${issue?.path.join('.')}`,
    );
  }
  if (collection === 'alertPolicies') checkPolicy(state, body);
  if (collection === 'notificationChannels' && body.type === 'pubsub') {
    const { labels } = body as { labels: { topic?: string } };
    if (!topic.test(labels.topic ?? ''))
      throw invalid('A pubsub channel needs the label "topic".', `${root}.labels`);
  }
}

type Policy = Body & {
  conditions: Body[];
  alertStrategy?: { notificationRateLimit?: Json };
  notificationChannels?: string[];
};

/** Policies on matched logs have one condition and say how often they notify at most; policies on metrics don't. */
function checkPolicy(state: OperationsState, body: Body): void {
  const { conditions, alertStrategy, notificationChannels = [] } = body as Policy;
  const ofLogs = conditions.filter(({ conditionMatchedLog }) => conditionMatchedLog !== undefined);
  const limit = alertStrategy?.notificationRateLimit;
  if (ofLogs.length > 0 && conditions.length > 1) {
    const text = 'Alert policies with a log matching condition can only have a single condition.';
    throw invalid(text, 'alert_policy.conditions');
  }
  if (ofLogs.length > 0 && limit === undefined) {
    const text = 'A log-based alerting policy must specify a notification rate limit.';
    throw invalid(text, 'alert_policy.alert_strategy');
  }
  if (ofLogs.length === 0 && limit !== undefined) {
    const field = 'alertStrategy.notificationRateLimit';
    const text = 'only log-based alert policies may specify a notification rate limit';
    throw invalid(`Field ${field} had an invalid value: ${text}`, field);
  }
  conditions.forEach(checkThreshold);
  const unknown = notificationChannels.find((name) => state.notificationChannels[name] === undefined);
  if (unknown !== undefined) throw refusal('NOT_FOUND', `Cannot find channel ${unknown}.`);
}

function checked(proto: Proto, collection: Collection, body: Json | undefined): Body {
  const { message, root } = messages[collection];
  const fault = faultIn(proto, message, body, root);
  if (fault !== undefined) throw fault;
  return body as Body;
}

function list(state: OperationsState, collection: Collection, { params, query }: GoogleCall): GoogleAnswer {
  const of = Object.values(state[collection]).filter(({ name }) =>
    name.startsWith(`projects/${params.project}/`),
  );
  const size = Number(query.get('pageSize') ?? 100) || 100;
  const from = Number(query.get('pageToken') ?? 0);
  const next = from + size < of.length ? { nextPageToken: String(from + size) } : {};
  return { status: 200, body: { [collection]: of.slice(from, from + size) as Json, ...next } };
}

interface Parts {
  proto: Proto;
  state: OperationsState;
  check: CheckMetric;
}

function create({ proto, state, check }: Parts, collection: Collection, call: GoogleCall): GoogleAnswer {
  const body = checked(proto, collection, call.body);
  if (body.name !== undefined)
    throw invalid('The name is given by the server.', `${messages[collection].root}.name`);
  checkWhole(state, collection, body);
  checkMetrics(check, call, body);
  const name = `projects/${call.params.project}/${collection}/${randomInt(1e11, 1e12)}`;
  const made = { ...body, name };
  state[collection][name] = made;
  return { status: 200, body: made, changed: true };
}

function update({ proto, state, check }: Parts, collection: Collection, call: GoogleCall): GoogleAnswer {
  const { message, root } = messages[collection];
  const name = `projects/${call.params.project}/${collection}/${call.params.id}`;
  const before = state[collection][name];
  if (before === undefined) throw refusal('NOT_FOUND', `Could not find ${name}.`);
  const body = checked(proto, collection, call.body);
  const mask = call.query.get('updateMask');
  const fields = mask === null ? Object.keys(body) : maskOf(proto, message, mask);
  const next: Body = { ...(before as unknown as Body) };
  for (const field of fields) {
    if (field === 'monitoredResource')
      throw invalid('The monitored resource can’t be changed.', `${root}.${field}`);
    const given = body[field];
    if (given === undefined) delete next[field];
    else next[field] = given;
  }
  checkWhole(state, collection, next);
  checkMetrics(check, call, next);
  const made = { ...next, name };
  state[collection][name] = made;
  return { status: 200, body: made, changed: canonicalJson(made) !== canonicalJson(before as Json) };
}

/** Refuses a filter on a metric that is not known in a project. */
export type CheckMetric = (project: string, filter: string) => void;

function checkMetrics(check: CheckMetric, { params }: GoogleCall, body: Body): void {
  const { conditions = [] } = body as Partial<Policy>;
  for (const { conditionThreshold } of conditions) {
    const { filter = '', denominatorFilter = '' } = (conditionThreshold ?? {}) as Record<string, string>;
    for (const each of [filter, denominatorFilter]) check(String(params.project), each);
  }
}

/** The methods of Cloud Monitoring v3 that are used (https://cloud.google.com/monitoring/api/ref_v3/rest). */
export function monitoringRoutes(proto: Proto, state: OperationsState, check: CheckMetric): GoogleRoute[] {
  return collections.flatMap((collection): GoogleRoute[] => {
    const path = `/v3/projects/{project}/${collection}`;
    return [
      {
        method: 'GET',
        path,
        query: ['filter', 'orderBy', 'pageSize', 'pageToken'],
        handle: (call) => list(state, collection, call),
      },
      { method: 'POST', path, handle: (call) => create({ proto, state, check }, collection, call) },
      {
        method: 'PATCH',
        path: `${path}/{id}`,
        query: ['updateMask'],
        handle: (call) => update({ proto, state, check }, collection, call),
      },
    ];
  });
}
