import { z } from 'zod';
import { type Account, accountOf, whoSchema } from './account.ts';

/** The shortcuts of docs/slack-manifest.yaml. */
export const startShortcut = 'cutover-start';
export const messageShortcut = 'cutover-message';

const id = z.string().min(1);

const globalSchema = whoSchema.extend({ trigger_id: id });

const messageSchema = whoSchema.extend({
  trigger_id: id,
  channel: z.object({ id }),
  message: z.object({ ts: id, thread_ts: id.optional() }),
  team: z.object({ id, domain: z.string().optional(), enterprise_id: id.nullish() }).nullish(),
});

/** Somebody used a shortcut; `trigger` opens a window within about three seconds. */
export interface Shortcut {
  key: string;
  user: string;
  trigger: string;
  who: Account;
}

/** A message that somebody pointed at: where it is, the root of its thread, and its address where that is known. */
export interface PointedAt extends Shortcut {
  channel: string;
  root: string;
  address?: string;
}

/** A global shortcut; undefined when it is none. Rule: Slack, "Shortcuts payload". */
export function readShortcut(body: unknown): Shortcut | undefined {
  const read = globalSchema.safeParse(body);
  if (!read.success) return undefined;
  const { trigger_id, user } = read.data;
  return { key: `shortcut:${trigger_id}`, user: user.id, trigger: trigger_id, who: accountOf(read.data) };
}

/** A shortcut on a message; undefined when it is none. */
export function readPointedAt(body: unknown): PointedAt | undefined {
  const read = messageSchema.safeParse(body);
  if (!read.success) return undefined;
  const { trigger_id, user, channel, message, team } = read.data;
  const { ts, thread_ts = ts } = message;
  const place = `archives/${channel.id}/p${ts.replace('.', '')}`;
  const inThread = thread_ts === ts ? '' : `?thread_ts=${thread_ts}&cid=${channel.id}`;
  return {
    key: `shortcut:${trigger_id}`,
    user: user.id,
    trigger: trigger_id,
    who: accountOf(read.data),
    channel: channel.id,
    root: thread_ts,
    ...(team?.domain === undefined
      ? {}
      : { address: `https://${team.domain}.slack.com/${place}${inThread}` }),
  };
}
