import { z } from 'zod';
import { sha256 } from '../json.ts';

const labels = z.record(z.string(), z.string());

/** Who tells of alerts. */
export const alertSources = ['alertmanager', 'google-monitoring', 'generic'] as const;
export type AlertSource = (typeof alertSources)[number];

/** What a sender told of one alert, in neutral form: made by an adapter, stored, and parsed again when read. */
export const noticeSchema = z.strictObject({
  source: z.enum(alertSources),
  /** The sender's own key of the group that it told the alert in. */
  groupKey: z.string(),
  groupLabels: labels,
  /** The same for every telling of the same alert. */
  fingerprint: z.string(),
  status: z.enum(['firing', 'resolved']),
  startsAt: z.iso.datetime(),
  endsAt: z.iso.datetime().optional(),
  labels,
  annotations: labels,
  /** Where a person can read more: the sender's own page, the query, the dashboard, the runbook. */
  links: z.array(z.strictObject({ label: z.string(), href: z.string() })),
});
export type Notice = z.infer<typeof noticeSchema>;

/** A notice as it comes in. A sender that doesn't say when the alert began means: as told before, else now. */
export type Telling = Omit<Notice, 'startsAt'> & { startsAt?: string };

/** The id of a group: made from its source and its key, short, and safe in a Redis key. */
export function alertGroupId({ source, groupKey }: Pick<Notice, 'source' | 'groupKey'>): string {
  return sha256(`${source}\n${groupKey}`).slice('sha256:'.length, 'sha256:'.length + 16);
}
