import { Cron } from 'croner';
import { z } from 'zod';
import { durationSchema, parseDuration } from '../playbook/duration.ts';
import { groupPattern } from './groups.ts';
import { isTimezone } from './zoned-time.ts';

const name = z
  .string()
  .regex(/^[a-z][a-z0-9._-]*$/, 'lower-case letters, digits, dots and dashes, starting with a letter');
const roles = z.array(name).default([]);
const member = z.string().refine((text) => name.safeParse(text).success || groupPattern.test(text), {
  error: 'a person’s id, or a Slack user group as slack:S012AB',
});
const channelPattern = /^(slack|telegram|console):.+$/;
const channelWords = 'a channel as platform:id, such as slack:C012AB';
const sentence = z.string().trim().min(1, 'must not be empty');
const timezone = z.string().refine(isTimezone, 'an IANA time zone such as Europe/Berlin');

/** What a person can be allowed to do in an environment. `operate` is pause, resume, abort, retry, extend, done. */
export const rights = ['start', 'approve', 'rollback', 'operate', 'skip', 'lock', 'override'] as const;
export type Right = (typeof rights)[number];

const person = z.strictObject({
  name: sentence,
  slack: z
    .array(z.string().regex(/^[TE][A-Z0-9]+\/[UW][A-Z0-9]+$/, 'a Slack account as team/user: T012AB/U034CD'))
    .default([]),
  telegram: z.array(z.int().positive()).default([]),
  console: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'the SHA-256 of the console token: sha256: and 64 hex digits')
    .optional(),
});

const environment = z.strictObject({
  start: roles,
  approve: roles,
  rollback: roles,
  operate: roles,
  skip: roles,
  lock: roles,
  override: roles,
  quorum: z.int().min(1).default(1),
  checkIns: z
    .array(durationSchema)
    .max(20)
    .optional()
    .describe('How long after its beginning hypercare tells how it goes; absent: as the playbook says'),
});

const channel = z.strictObject({ environment: name.optional(), playbook: z.string().optional() });

function isCron(pattern: string): boolean {
  try {
    return new Cron(pattern, { paused: true, mode: '5-part' }).nextRun(new Date(0)) !== null;
  } catch {
    return false;
  }
}

/** A frozen window: `every` and `for`, or `from` and `to`; never both. `for` is time that passes, also over a clock change. */
const freeze = z.strictObject({
  name: sentence,
  environments: z.array(name).min(1).optional().describe('Absent: all'),
  every: z.string().refine(isCron, 'a cron pattern of five fields, such as "0 17 * * 5"').optional(),
  for: durationSchema.refine((text) => (parseDuration(text) ?? 0) > 0, 'longer than nothing').optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  timezone: timezone.optional(),
  reason: sentence,
});

const argument = z.string().min(1);

/** Whom alerts call, and where those are shown that belong to no rollout. What is absent has a sensible meaning. */
const alerts = z.strictObject({
  roles: z.array(name).min(1).optional().describe('Pinged at first firings; absent: who may roll back'),
  escalate: z
    .strictObject({
      after: durationSchema.default('15m'),
      roles: z.array(name).min(1).optional().describe('Absent: who may roll back'),
    })
    .optional()
    .describe('A page that nobody acknowledges goes to these after so long'),
  silence: z
    .strictObject({
      roles: z.array(name).min(1).optional().describe('Absent: everybody who may operate'),
      longest: durationSchema
        .refine((text) => (parseDuration(text) ?? 0) > 0, 'longer than nothing')
        .default('24h'),
    })
    .optional()
    .describe('Who of those who may operate may silence alerts, and for how long at most'),
  channel: z
    .string()
    .regex(channelPattern, channelWords)
    .optional()
    .describe('Where alerts of no rollout are shown'),
});

/** `policy.yaml`: who may do what, where and when. What it doesn't say is not allowed. */
export const policySchema = z.strictObject({
  timezone: timezone.default('UTC'),
  people: z.record(name, person).default({}),
  roles: z
    .record(name, z.array(member))
    .default({})
    .describe('People by their id, and Slack user groups: slack:S012AB'),
  environments: z.record(name, environment).default({}),
  channels: z.record(z.string().regex(channelPattern, channelWords), channel).default({}),
  freezes: z.array(freeze).default([]),
  alerts: alerts.optional(),
  commands: z
    .strictObject({ allow: z.array(z.array(argument).min(1)).default([]) })
    .default({ allow: [] })
    .describe(
      'Programs with their arguments: literal, with * inside one path part, ** at the end for any more',
    ),
});

export type Policy = z.infer<typeof policySchema>;
export type PolicyFreeze = Policy['freezes'][number];
export type PolicyChannel = Policy['channels'][string];
