import { z } from 'zod';
import type { Telling } from '../../core/alerts/notice.ts';
import { faultOf, type Reading } from './reading.ts';
import { fingerprintOf, instant, keptKey, keptTexts, linksOf } from './texts.ts';

const texts = z.record(z.string(), z.string());

const alertSchema = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: texts,
  annotations: texts.default({}),
  startsAt: instant,
  /** Year 1 while it fires. */
  endsAt: instant.optional(),
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

/** Reads what Alertmanager posts. */
export function readAlertmanager(body: unknown): Reading {
  const version = z.object({ version: z.string() }).safeParse(body).data?.version;
  if (version !== undefined && version !== '4') {
    return {
      fault: `The payload says version ${version.slice(0, 20)}; only Alertmanager's version 4 is read.`,
    };
  }
  const payload = payloadSchema.safeParse(body);
  if (version === undefined) return { fault: 'The payload says no version; Alertmanager’s says "4".' };
  if (!payload.success) return faultOf("no payload of Alertmanager's version 4", payload.error);
  const { alerts, truncatedAlerts } = payload.data;
  const tellings = alerts.map((alert) => tellingOf(payload.data, alert));
  if (truncatedAlerts === 0) return { tellings };
  return {
    tellings,
    remark: `Alertmanager left out ${truncatedAlerts} alerts of a group: raise max_alerts of its webhook_config.`,
  };
}

function tellingOf(group: Payload, alert: Payload['alerts'][number]): Telling {
  const { labels, annotations, status, startsAt, endsAt } = alert;
  return {
    source: 'alertmanager',
    groupKey: keptKey(group.groupKey),
    groupLabels: keptTexts(group.groupLabels),
    fingerprint: keptKey(alert.fingerprint ?? fingerprintOf(labels)),
    status,
    startsAt,
    ...(status === 'resolved' && endsAt !== undefined && endsAt >= startsAt ? { endsAt } : {}),
    labels: keptTexts(labels),
    annotations: keptTexts(annotations),
    links: linksOf({
      Dashboard: annotations.dashboard_url ?? annotations.dashboard,
      Runbook: annotations.runbook_url ?? annotations.runbook,
      Source: alert.generatorURL,
      Alertmanager: pageOf(group),
    }),
  };
}

/** Where Alertmanager itself shows the receiver's alerts. */
function pageOf({ externalURL, receiver }: Payload): string {
  return `${externalURL}/#/alerts?receiver=${encodeURIComponent(receiver.toWellFormed())}`;
}
