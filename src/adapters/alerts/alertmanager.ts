import { z } from 'zod';
import type { Telling } from '../../core/alerts/notice.ts';
import { faultOf, type Reading } from './reading.ts';
import { fingerprintOf, instantOf, keptKey, keptTexts, type Links, linksOf, texts } from './texts.ts';

const instant = z.string().refine((text) => instantOf(text) !== undefined, 'is no instant of ISO 8601');

const alertSchema = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: texts,
  annotations: texts.default({}),
  startsAt: instant,
  /** Year 1 while it fires. */
  endsAt: z.string().optional(),
  generatorURL: z.string().default(''),
  /** Absent before Alertmanager 0.20. */
  fingerprint: z.string().min(1).optional(),
});

/** What of the webhook's payload is needed (Alertmanager's `webhook_config`, version "4"); more may stand there. */
const payloadSchema = z.object({
  receiver: z.string().default(''),
  groupKey: z.string().min(1),
  groupLabels: texts.default({}),
  externalURL: z.string().default(''),
  truncatedAlerts: z.number().int().min(0).default(0),
  alerts: z.array(alertSchema),
});
type Payload = z.infer<typeof payloadSchema>;
type Alert = Payload['alerts'][number];

const versionSchema = z.object({ version: z.string() });

/** Reads what Alertmanager posts. */
export function readAlertmanager(body: unknown): Reading {
  const version = versionSchema.safeParse(body).data?.version;
  if (version !== undefined && version !== '4') {
    return {
      fault: `The payload says version ${version.slice(0, 20)}; only Alertmanager's version 4 is read.`,
    };
  }
  if (version === undefined) return { fault: 'The payload says no version; Alertmanager’s says "4".' };
  const payload = payloadSchema.safeParse(body);
  if (!payload.success) return faultOf("no payload of Alertmanager's version 4", payload.error);
  const { alerts, truncatedAlerts } = payload.data;
  const group = groupOf(payload.data);
  const tellings = alerts.map((alert) => tellingOf(group, alert));
  if (truncatedAlerts === 0) return { tellings };
  return {
    tellings,
    remark: `Alertmanager left out ${truncatedAlerts} alerts of a group: raise max_alerts of its webhook_config.`,
  };
}

/** What the alerts of a payload have in common. */
function groupOf({ groupKey, groupLabels, externalURL, receiver }: Payload) {
  return {
    groupKey: keptKey(groupKey),
    groupLabels: keptTexts(groupLabels),
    /** Where Alertmanager itself shows them. */
    page: `${externalURL}/#/alerts?receiver=${encodeURIComponent(receiver.toWellFormed())}`,
    links: linksOf(),
  };
}

function tellingOf(
  group: { page: string; links: Links } & Pick<Telling, 'groupKey' | 'groupLabels'>,
  alert: Alert,
): Telling {
  const { labels, annotations, status } = alert;
  const startsAt = instantOf(alert.startsAt) ?? '';
  const endsAt = status === 'resolved' ? instantOf(alert.endsAt ?? '') : undefined;
  return {
    source: 'alertmanager',
    groupKey: group.groupKey,
    groupLabels: group.groupLabels,
    fingerprint: keptKey(alert.fingerprint ?? fingerprintOf(labels)),
    status,
    startsAt,
    ...(endsAt !== undefined && endsAt >= startsAt ? { endsAt } : {}),
    labels: keptTexts(labels),
    annotations: keptTexts(annotations),
    links: group.links({
      Dashboard: annotations.dashboard_url ?? annotations.dashboard,
      Runbook: annotations.runbook_url ?? annotations.runbook,
      Source: alert.generatorURL,
      Alertmanager: group.page,
    }),
  };
}
