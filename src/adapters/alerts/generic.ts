import { z } from 'zod';
import type { Telling } from '../../core/alerts/notice.ts';
import { wellFormed } from '../../core/json.ts';
import { type JsonSchema, jsonSchemaOf } from '../../core/playbook/json-schema-walk.ts';
import { faultOf, type Reading } from './reading.ts';
import { fingerprintOf, instantOf, keptTexts } from './texts.ts';

const instant = z.iso.datetime({ offset: true }).transform((text, context) => {
  const at = instantOf(text);
  if (at !== undefined) return at;
  context.addIssue({ code: 'custom', message: 'is no instant of the years 0 to 9999' });
  return z.NEVER;
});
const address = z.url({ protocol: /^https?$/ }).max(2_048);
const short = (most: number) => z.string().min(1).max(most);

const alertSchema = z
  .strictObject({
    name: short(200).describe('What is wrong, in a word or a few. It becomes the label alertname'),
    status: z.enum(['firing', 'resolved']).default('firing').describe('Whether it goes on or is over'),
    severity: short(64).optional().describe('How bad it is: page, warning, … It becomes the label severity'),
    summary: short(4_096).optional().describe('One sentence for the card'),
    description: short(4_096).optional().describe('More, for whoever looks closer'),
    labels: z
      .record(short(256), z.string().max(4_096))
      .refine((labels) => Object.keys(labels).length <= 64, 'no more than 64 labels')
      .default({})
      .describe('What the alert is about. Rollouts take alerts by these labels'),
    id: short(256)
      .optional()
      .describe('The same in every telling of this alert. Absent: its name and labels tell it from others'),
    group: short(256).optional().describe('Alerts with the same group are shown as one. Absent: the name'),
    startsAt: instant
      .optional()
      .describe('Since when it fires, ISO 8601. Absent: since it was first told, or now'),
    endsAt: instant.optional().describe('When it was over, for one that is resolved. Absent: now'),
    runbook: address.optional().describe('The address of its runbook'),
    links: z
      .array(z.strictObject({ label: short(64), href: address }))
      .max(10)
      .default([])
      .describe('Where a person can read more'),
  })
  .refine(({ status, endsAt }) => endsAt === undefined || status === 'resolved', {
    path: ['endsAt'],
    message: 'stands only with the status resolved',
  })
  .refine(({ startsAt, endsAt }) => !startsAt || !endsAt || startsAt <= endsAt, {
    path: ['endsAt'],
    message: 'lies before startsAt',
  });
type Alert = z.infer<typeof alertSchema>;

const listSchema = z.array(alertSchema).max(20_000);

/** Reads our own form, for senders of one's own: an alert, or a list of them. Unknown keys are refused. */
export function readGeneric(body: unknown): Reading {
  const alerts = listSchema.safeParse(Array.isArray(body) ? body : [body]);
  if (alerts.success) return { tellings: alerts.data.map(tellingOf) };
  const issues = alerts.error.issues.map((issue) =>
    Array.isArray(body) ? issue : { ...issue, path: issue.path.slice(1) },
  );
  return faultOf('no alert in the form of docs/alerts.md', new z.ZodError(issues));
}

function tellingOf(alert: Alert): Telling {
  const { name, severity, summary, description, runbook } = alert;
  const labels = { alertname: name, ...(severity === undefined ? {} : { severity }), ...alert.labels };
  const annotations = {
    ...(summary === undefined ? {} : { summary }),
    ...(description === undefined ? {} : { description }),
    ...(runbook === undefined ? {} : { runbook_url: runbook }),
  };
  return {
    source: 'generic',
    groupKey: (alert.group ?? name).toWellFormed(),
    groupLabels: keptTexts({ alertname: name }),
    fingerprint: alert.id?.toWellFormed() ?? fingerprintOf({ ...alert.labels, alertname: name }),
    status: alert.status,
    ...(alert.startsAt === undefined ? {} : { startsAt: alert.startsAt }),
    ...(alert.endsAt === undefined ? {} : { endsAt: alert.endsAt }),
    labels: keptTexts(labels),
    annotations: keptTexts(annotations),
    links: wellFormed([
      ...(runbook === undefined ? [] : [{ label: 'Runbook', href: runbook }]),
      ...alert.links,
    ]),
  };
}

/** The JSON Schema of our own form: an alert or a list of alerts. */
export function alertJsonSchema(): JsonSchema {
  const { $schema, ...alert } = jsonSchemaOf(alertSchema);
  return {
    $schema,
    title: 'Alerts for Cutover',
    anyOf: [{ $ref: '#/$defs/alert' }, { type: 'array', items: { $ref: '#/$defs/alert' }, maxItems: 20_000 }],
    $defs: { alert },
  };
}
