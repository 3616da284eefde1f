import { z } from 'zod';
import { type Account, accountOf, namesOf, whoSchema } from './account.ts';
import { decodeOpenPress, decodePress, inputAction, inputBlock, type Press } from './press.ts';
import { decodeWindow } from './windows/window.ts';

/** Where a person is answered: alone, in the channel and thread where they asked, or in a window of their own. */
export interface Asker {
  user: string;
  /** Absent: outside of any room, on the Home tab or in a window that was opened from there. */
  channel?: string;
  thread?: string;
  /** Opens a window within about three seconds. */
  trigger?: string;
  /** The window that they asked in, and that shows the answer. */
  view?: string;
  /** A message that they pointed at. */
  about?: string;
  /** They pressed a button of their Home tab. */
  home?: boolean;
}

/** What a person said, or pressed. */
export interface Heard extends Account {
  /** The same for every delivery of the same thing. */
  key: string;
  from: Asker;
  text: string;
  drawnAt?: number;
  /** A button that needs a word first. */
  asks?: Press;
}

const id = z.string().min(1);

const slashSchema = z.object({
  team_id: id,
  enterprise_id: id.optional(),
  user_id: id,
  channel_id: id,
  text: z.string().default(''),
  trigger_id: id,
});

const pressedSchema = whoSchema.extend({
  channel: z.object({ id }).optional(),
  container: z.object({ channel_id: id.optional(), thread_ts: id.optional() }).optional(),
  message: z.object({ ts: id, thread_ts: id.optional() }).optional(),
  view: z.object({ id, type: z.string(), private_metadata: z.string().default('') }).optional(),
  trigger_id: id,
  actions: z.array(z.object({ action_id: z.string(), value: z.string().optional() })).min(1),
});

const submittedSchema = whoSchema.extend({
  trigger_id: id.optional(),
  view: z.object({
    id,
    previous_view_id: id.nullish(),
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
  const { team_id, enterprise_id, user_id, channel_id, text, trigger_id } = read.data;
  return {
    key: `slash:${trigger_id}`,
    from: { channel: channel_id, user: user_id, trigger: trigger_id },
    ...namesOf(user_id, team_id, enterprise_id),
    text,
  };
}

/** A button's press; undefined when the button is none of ours. Rule: Slack, "block_actions payload". */
export function readPressed(body: unknown): Heard | undefined {
  const read = pressedSchema.safeParse(body);
  const press = read.success ? decodePress(read.data.actions[0]?.value) : undefined;
  if (!read.success || press === undefined) return undefined;
  const { trigger_id } = read.data;
  return {
    key: `press:${trigger_id}`,
    from: { ...placeOf(read.data), trigger: trigger_id },
    ...accountOf(read.data),
    text: press.c,
    ...(press.d === undefined ? {} : { drawnAt: press.d }),
    ...(press.ask === undefined ? {} : { asks: press }),
  };
}

function placeOf({ user, channel, container, message, view }: z.infer<typeof pressedSchema>): Asker {
  if (view?.type === 'modal') return { user: user.id, view: view.id, ...decodeWindow(view.private_metadata) };
  const place = view === undefined ? (channel?.id ?? container?.channel_id) : undefined;
  if (place === undefined) return { user: user.id, ...(view?.type === 'home' ? { home: true } : {}) };
  const thread = message?.thread_ts ?? container?.thread_ts;
  return { channel: place, user: user.id, ...(thread === undefined ? {} : { thread }) };
}

/** A filled window that asked for one word, with that word; undefined when it is none of ours. Rule: Slack, "view_submission payload". */
export function readSubmitted(body: unknown): (Heard & { word: string; ask: Press['ask'] }) | undefined {
  const read = submittedSchema.safeParse(body);
  const open = read.success ? decodeOpenPress(read.data.view.private_metadata) : undefined;
  if (!read.success || open === undefined) return undefined;
  const { view, user, trigger_id } = read.data;
  const word = (view.state.values[inputBlock][inputAction].value ?? '').replaceAll('\r\n', '\n').trim();
  return {
    key: `view:${view.id}`,
    from: {
      user: user.id,
      ...(open.channel === undefined ? {} : { channel: open.channel }),
      ...(open.thread === undefined ? {} : { thread: open.thread }),
      ...(trigger_id === undefined ? {} : { trigger: trigger_id }),
      ...(view.previous_view_id ? { view: view.previous_view_id } : {}),
    },
    ...accountOf(read.data),
    text: `${open.c} ${asTyped(word)}`,
    ...(open.d === undefined ? {} : { drawnAt: open.d }),
    word,
    ask: open.ask,
  };
}

/** A text from a window comes as it was written; one from the message field comes escaped, and so it is read. */
function asTyped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const openedSchema = z.object({
  team_id: id,
  event_id: id,
  authorizations: z.array(z.object({ enterprise_id: id.nullish() })).optional(),
  event: z.object({ user: id, tab: z.string() }),
});

/** A Home tab that was opened; undefined for the other tabs. Rule: Slack, "app_home_opened". */
export function readOpened(body: unknown): { key: string; user: string; who: Account } | undefined {
  const read = openedSchema.safeParse(body);
  if (!read.success || read.data.event.tab !== 'home') return undefined;
  const { team_id, event_id, authorizations, event } = read.data;
  return {
    key: `event:${event_id}`,
    user: event.user,
    who: namesOf(event.user, team_id, authorizations?.[0]?.enterprise_id),
  };
}
