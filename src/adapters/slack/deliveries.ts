import { z } from 'zod';
import { decodeOpenPress, decodePress, inputAction, inputBlock, type Press } from './press.ts';

/** Where a person is answered: alone, in the channel and thread where they asked. */
export interface Asker {
  channel: string;
  user: string;
  thread?: string;
}

/** What a person said, or pressed. */
export interface Heard {
  /** The same for every delivery of the same thing. */
  key: string;
  from: Asker;
  /** `team/user`. */
  account: string;
  text: string;
  drawnAt?: number;
  /** A button that needs a word first; `trigger` opens the modal within about three seconds. */
  asks?: { press: Press; trigger: string };
}

const id = z.string().min(1);
const user = z.object({ id, team_id: id.optional() });
const team = z.object({ id }).nullish();

const slashSchema = z.object({
  team_id: id,
  user_id: id,
  channel_id: id,
  text: z.string().default(''),
  trigger_id: id,
});

const pressedSchema = z.object({
  user,
  team,
  channel: z.object({ id }).optional(),
  container: z.object({ channel_id: id.optional(), thread_ts: id.optional() }).optional(),
  message: z.object({ ts: id, thread_ts: id.optional() }).optional(),
  trigger_id: id,
  actions: z.array(z.object({ action_id: z.string(), value: z.string().optional() })).min(1),
});

const submittedSchema = z.object({
  user,
  team,
  view: z.object({
    id,
    private_metadata: z.string(),
    state: z.object({
      values: z.object({
        [inputBlock]: z.object({ [inputAction]: z.object({ value: z.string().nullable() }) }),
      }),
    }),
  }),
});

/** A slash command; undefined when it is none. Rule: Slack, "Implementing slash commands". */
export function readSlash(body: unknown): Heard | undefined {
  const read = slashSchema.safeParse(body);
  if (!read.success) return undefined;
  const { team_id, user_id, channel_id, text, trigger_id } = read.data;
  const from = { channel: channel_id, user: user_id };
  return { key: `slash:${trigger_id}`, from, account: `${team_id}/${user_id}`, text };
}

/** A button's press; undefined when the button is none of ours. Rule: Slack, "block_actions payload". */
export function readPressed(body: unknown): Heard | undefined {
  const read = pressedSchema.safeParse(body);
  if (!read.success) return undefined;
  const { channel, container, message, trigger_id, actions } = read.data;
  const place = channel?.id ?? container?.channel_id;
  const press = decodePress(actions[0]?.value);
  if (place === undefined || press === undefined) return undefined;
  return {
    key: `press:${trigger_id}`,
    from: asker(place, read.data.user.id, message?.thread_ts ?? container?.thread_ts),
    account: accountOf(read.data),
    text: press.c,
    ...(press.d === undefined ? {} : { drawnAt: press.d }),
    ...(press.ask === undefined ? {} : { asks: { press, trigger: trigger_id } }),
  };
}

/** A filled modal; undefined when it is none of ours. Rule: Slack, "view_submission payload". */
export function readSubmitted(body: unknown): Heard | undefined {
  const read = submittedSchema.safeParse(body);
  const open = read.success ? decodeOpenPress(read.data.view.private_metadata) : undefined;
  if (!read.success || open === undefined) return undefined;
  const word = read.data.view.state.values[inputBlock][inputAction].value ?? '';
  return {
    key: `view:${read.data.view.id}`,
    from: asker(open.channel, read.data.user.id, open.thread),
    account: accountOf(read.data),
    text: `${open.c} ${word.replaceAll(/\s+/g, ' ').trim()}`,
    ...(open.d === undefined ? {} : { drawnAt: open.d }),
  };
}

/** A person in Slack: with Slack Connect a user id alone is not unique. */
function accountOf(body: Pick<z.infer<typeof pressedSchema>, 'user' | 'team'>): string {
  return `${body.user.team_id ?? body.team?.id ?? 'unknown'}/${body.user.id}`;
}

function asker(channel: string, person: string, thread: string | undefined): Asker {
  return { channel, user: person, ...(thread === undefined ? {} : { thread }) };
}
