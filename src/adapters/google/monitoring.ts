import { z } from 'zod';
import type {
  AlertChannel,
  GoogleMonitoring,
  LabelledThings,
  LogAlert,
  UptimeCheck,
} from '../../ports/google.ts';
import { type GoogleCall, googleCalls } from './calls.ts';
import { endpointOf, type GoogleConnection, type GoogleDependencies } from './connection.ts';
import { type Form, labelKey, labels, seconds } from './form.ts';
import { thresholdForm } from './threshold.ts';

function uptimeForm(project: string): Form<UptimeCheck> {
  return {
    collection: 'uptimeCheckConfigs',
    read: z
      .object({
        displayName: z.string(),
        monitoredResource: z.object({ labels: z.object({ host: z.string() }) }),
        httpCheck: z.object({ path: z.string().default('/') }),
        period: seconds,
      })
      .transform(({ displayName, monitoredResource, httpCheck, period }) => ({
        title: displayName,
        host: monitoredResource.labels.host,
        path: httpCheck.path,
        period,
      })),
    write: ({ title, host, path, period }) => ({
      displayName: title,
      monitoredResource: { type: 'uptime_url', labels: { project_id: project, host } },
      httpCheck: { path, port: 443, useSsl: true, validateSsl: true, requestMethod: 'GET' },
      period: `${period}s`,
      timeout: '10s',
    }),
    mask: 'displayName,httpCheck,period,timeout,userLabels',
  };
}

const logAlertForm: Form<LogAlert> = {
  collection: 'alertPolicies',
  read: z
    .object({
      displayName: z.string(),
      conditions: z.array(z.object({ conditionMatchedLog: z.object({ filter: z.string() }) })).length(1),
      notificationChannels: z.array(z.string()).default([]),
      documentation: z.object({ content: z.string().default('') }).default({ content: '' }),
      userLabels: labels,
      alertStrategy: z.object({ notificationRateLimit: z.object({ period: seconds }) }),
    })
    .transform(
      ({ displayName, conditions, notificationChannels, documentation, userLabels, alertStrategy }) => {
        const { [labelKey]: _, ...others } = userLabels;
        return {
          title: displayName,
          filter: conditions[0]?.conditionMatchedLog.filter ?? '',
          channels: notificationChannels,
          text: documentation.content,
          labels: others,
          pace: alertStrategy.notificationRateLimit.period,
        };
      },
    ),
  write: ({ title, filter, channels, text, labels: own, pace }) => ({
    displayName: title,
    combiner: 'OR',
    conditions: [{ displayName: title, conditionMatchedLog: { filter } }],
    notificationChannels: channels,
    documentation: { content: text, mimeType: 'text/markdown' },
    alertStrategy: { notificationRateLimit: { period: `${pace}s` }, autoClose: '1800s' },
    userLabels: own,
  }),
  mask: 'displayName,combiner,conditions,notificationChannels,documentation,alertStrategy,userLabels',
};

const channelForm: Form<AlertChannel> = {
  collection: 'notificationChannels',
  read: z
    .object({ type: z.literal('pubsub'), labels: z.object({ topic: z.string() }) })
    .transform(({ labels: { topic } }) => ({ topic })),
  write: ({ topic }) => ({ type: 'pubsub', displayName: 'Cutover', labels: { topic } }),
  mask: 'displayName,labels,userLabels',
};

const namedSchema = z.looseObject({ name: z.string(), userLabels: labels });

function things<Thing>(call: GoogleCall, project: string, form: Form<Thing>): LabelledThings<Thing> {
  const path = `/projects/${project}/${form.collection}`;
  const schema = z.looseObject({ nextPageToken: z.string().optional() }).transform((page) => ({
    token: page.nextPageToken,
    items: z.array(namedSchema).parse(page[form.collection] ?? []),
  }));

  async function all(signal: AbortSignal): Promise<z.infer<typeof namedSchema>[]> {
    const found: z.infer<typeof namedSchema>[] = [];
    let token: string | undefined;
    do {
      const query = { pageSize: '200', ...(token === undefined ? {} : { pageToken: token }) };
      const page = await call({ method: 'GET', path, query, schema }, signal);
      found.push(...page.items);
      token = page.token === '' ? undefined : page.token;
    } while (token !== undefined);
    return found;
  }

  const bodyOf = (label: string, thing: Thing): Record<string, unknown> => {
    const { userLabels = {}, ...body } = form.write(thing);
    return { ...body, userLabels: { ...(userLabels as object), [labelKey]: label } };
  };

  return {
    async find(label, signal) {
      const ours = (await all(signal)).filter(({ userLabels }) => userLabels[labelKey] === label);
      return ours
        .sort((a, b) => a.name.localeCompare(b.name))
        .map((one) => ({ name: one.name, thing: form.read.safeParse(one).data }));
    },
    async create(label, thing, signal) {
      const made = await call(
        { method: 'POST', path, body: bodyOf(label, thing), schema: namedSchema },
        signal,
      );
      return made.name;
    },
    async update(name, label, thing, signal) {
      const fields = form.mask.split(',');
      const body = Object.fromEntries(
        Object.entries(bodyOf(label, thing)).filter(([key]) => fields.includes(key)),
      );
      const request = { method: 'PATCH', path: `/${name}`, query: { updateMask: form.mask }, body } as const;
      await call({ ...request, guarded: true, schema: namedSchema }, signal);
    },
  };
}

/** Cloud Monitoring v3 (https://cloud.google.com/monitoring/api/ref_v3/rest). */
export function googleMonitoring(
  connection: GoogleConnection,
  dependencies: GoogleDependencies,
): GoogleMonitoring {
  const base = endpointOf('monitoring', connection, dependencies.env);
  const call = googleCalls('Cloud Monitoring', base, dependencies);
  const { project } = connection;
  return {
    uptimeChecks: things(call, project, uptimeForm(project)),
    logAlerts: things(call, project, logAlertForm),
    thresholds: things(call, project, thresholdForm),
    channels: things(call, project, channelForm),
  };
}
