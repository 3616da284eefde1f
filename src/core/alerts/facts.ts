import { z } from 'zod';
import { alertSources } from './notice.ts';

const instant = z.iso.datetime();
const group = z.string().min(1).max(200).describe('The group’s id in the journal of alerts');

/** So many groups are named in one event at most. */
export const mostGroupsInEvent = 50;

const about = { group, name: z.string().max(120).optional().describe('What people call it') };
const groups = z.array(group).max(mostGroupsInEvent);
const roles = z.array(z.string());

/**
 * A group of alerts as a rollout's journal tells of it: those of its alerts that belong to the rollout, counted and
 * never listed. Made from the latest notice of each alert alone, so that it does not depend on what was told before.
 */
export const reportSchema = z.strictObject({
  id: group,
  name: z.string().max(120),
  severity: z.string().max(40).describe('The worst among those that fire; as the sender calls it'),
  summary: z.string().max(300).optional(),
  labels: z.record(z.string().max(60), z.string().max(100)).describe('What all of them have in common'),
  firing: z.int().min(0),
  total: z.int().min(1).describe('Alerts that fired or have fired'),
  since: instant.describe('The earliest start among those that fire, else among all; by the sender’s clock'),
  resolvedAt: instant.optional().describe('The latest end, once nothing fires any more'),
  links: z.array(z.strictObject({ label: z.string().max(40), href: z.string().max(1_000) })).max(6),
  source: z.enum(alertSources),
});
export type GroupReport = z.infer<typeof reportSchema>;

/** So many matchers has a silence at most. */
export const mostMatchers = 50;

const matcher = z.strictObject({
  name: z.string(),
  value: z.string(),
  isRegex: z.boolean(),
  isEqual: z.boolean(),
});
export type SilenceMatcher = z.infer<typeof matcher>;

/** What a rollout's journal says of alerts. Whatever comes in, it is a few events: counts, not alerts. */
export const alertFacts = {
  'alerts.changed': z.strictObject({
    groups: z
      .array(reportSchema.extend({ n: z.int().min(1).describe('Its number here: aether-7.2 has 2') }))
      .max(mostGroupsInEvent),
    crowded: z.literal(true).optional().describe('There are more groups than are told of one by one'),
  }),
  'alerts.called': z.strictObject({ groups, roles }).describe('People of these roles were pinged'),
  'alerts.escalated': z.strictObject({ groups, roles }),
  'alert.acknowledged': z.strictObject({ ...about, reason: z.string().optional() }),
  'alert.silence-asked': z.strictObject({
    ...about,
    until: instant,
    reason: z.string(),
    matchers: z.array(matcher).min(1).max(mostMatchers),
  }),
  'alert.silenced': z.strictObject({
    ...about,
    silence: z
      .string()
      .optional()
      .describe('The id that the silence has at its source; absent: the bot alone keeps quiet about it'),
    until: instant,
  }),
  'alert.silence-failed': z.strictObject({
    ...about,
    why: z.string(),
    removal: z.literal(true).optional().describe('It stands, and could not be removed'),
  }),
  'alert.unsilence-asked': z.strictObject({ ...about, reason: z.string().optional() }),
  'alert.silence-removed': z.strictObject({
    ...about,
    silence: z.string().optional(),
    reason: z.string().optional(),
  }),
} as const;
