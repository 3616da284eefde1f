import { z } from 'zod';
import { type Answer, type Args, type Method, parsed, refused } from './answers.ts';
import { blocksFault } from './block-kit/rules.ts';
import { fileMethods, pictureFault } from './files.ts';
import { viewMethods } from './views.ts';
import type { StoredMessage, Workspace } from './workspace.ts';

/** The methods of the Web API that the double knows, with the arguments that each allows. */
export const methods: Readonly<Record<string, { allowed: readonly string[]; run: Method }>> = {
  'auth.test': {
    allowed: [],
    run: (workspace) => ({
      ok: true,
      team_id: workspace.team,
      user_id: 'UBOT',
      bot_id: 'BBOT',
      ...(workspace.enterprise === undefined ? {} : { enterprise_id: workspace.enterprise }),
    }),
  },
  'chat.postMessage': {
    allowed: ['channel', 'text', 'blocks', 'thread_ts', 'unfurl_links', 'unfurl_media', 'metadata'],
    run: postMessage,
  },
  'chat.update': { allowed: ['channel', 'ts', 'text', 'blocks', 'metadata'], run: update },
  'chat.postEphemeral': { allowed: ['channel', 'user', 'text', 'blocks', 'thread_ts'], run: postEphemeral },
  'conversations.history': { allowed: ['channel', 'limit', 'cursor', 'include_all_metadata'], run: history },
  'conversations.replies': {
    allowed: ['channel', 'ts', 'limit', 'cursor', 'include_all_metadata'],
    run: replies,
  },
  'usergroups.users.list': { allowed: ['usergroup', 'include_disabled', 'team_id'], run: groupUsers },
  'chat.getPermalink': { allowed: ['channel', 'message_ts'], run: getPermalink },
  ...viewMethods,
  ...fileMethods,
};

/** The content of a message as Slack takes it, or its refusal. Exported for `response_url`s. */
export function contentOf(
  workspace: Workspace,
  args: Args,
): Pick<StoredMessage, 'text' | 'blocks'> | { refusal: Answer } {
  const text = args.text ?? '';
  const blocks: unknown = args.blocks === undefined ? [] : parsed(args.blocks);
  const fault = blocksFault(blocks);
  if (fault !== undefined) return { refusal: refused(fault.error, fault.messages) };
  const pictures = pictureFault(workspace, blocks);
  if (pictures.length > 0) return { refusal: refused('invalid_blocks', pictures) };
  if (text === '' && (blocks as unknown[]).length === 0) return { refusal: refused('no_text') };
  if (text.length > 40_000) return { refusal: refused('msg_too_long') };
  return { text, blocks: blocks as Record<string, unknown>[] };
}

function roomFault(workspace: Workspace, channel: string | undefined): Answer | undefined {
  const room = workspace.channels.get(channel ?? '');
  if (room === undefined) return refused('channel_not_found');
  if (room.archived) return refused('is_archived');
  return room.member ? undefined : refused('not_in_channel');
}

const metadataSchema = z.strictObject({
  event_type: z.string().min(1).max(255),
  event_payload: z.record(z.string(), z.json()),
});

function postMessage(workspace: Workspace, given: Args): Answer {
  const args: Args & { channel: string } = { ...given, channel: workspace.roomOf(given.channel ?? '') };
  const fault = roomFault(workspace, args.channel);
  if (fault !== undefined) return fault;
  const content = contentOf(workspace, args);
  if ('refusal' in content) return content.refusal;
  const metadata = args.metadata === undefined ? undefined : metadataSchema.safeParse(parsed(args.metadata));
  if (metadata?.success === false) return refused('invalid_metadata_format');
  if (args.thread_ts !== undefined && find(workspace, args.channel, args.thread_ts) === undefined) {
    return refused('thread_not_found');
  }
  const message: StoredMessage = {
    channel: args.channel,
    ts: workspace.nextTs(),
    ...content,
    edits: 0,
    ...(args.thread_ts === undefined ? {} : { thread_ts: args.thread_ts }),
    ...(metadata === undefined ? {} : { metadata: metadata.data }),
  };
  workspace.messages.push(message);
  return { ok: true, channel: message.channel, ts: message.ts, message: shown(message, true) };
}

function update(workspace: Workspace, args: Args): Answer {
  const fault = roomFault(workspace, args.channel);
  if (fault !== undefined) return fault;
  const message = find(workspace, args.channel, args.ts);
  if (message === undefined) return refused('message_not_found');
  const content = contentOf(workspace, args);
  if ('refusal' in content) return content.refusal;
  Object.assign(message, content, { edits: message.edits + 1 });
  return { ok: true, channel: message.channel, ts: message.ts, text: message.text };
}

function postEphemeral(workspace: Workspace, args: Args): Answer {
  const fault = roomFault(workspace, args.channel);
  if (fault !== undefined) return fault;
  const people = workspace.channels.get(args.channel ?? '')?.people;
  if (people?.has(args.user ?? '') !== true) return refused('user_not_in_channel');
  const content = contentOf(workspace, args);
  if ('refusal' in content) return content.refusal;
  const ts = workspace.nextTs();
  const thread = args.thread_ts === undefined ? {} : { thread_ts: args.thread_ts };
  workspace.messages.push({
    channel: args.channel ?? '',
    ts,
    ...content,
    edits: 0,
    onlyFor: args.user ?? '',
    ...thread,
  });
  return { ok: true, message_ts: ts };
}

function history(workspace: Workspace, args: Args): Answer {
  const fault = roomFault(workspace, args.channel);
  if (fault !== undefined) return fault;
  const roots = workspace.visible(args.channel ?? '').filter((message) => message.thread_ts === undefined);
  return page(roots.toReversed(), args);
}

function replies(workspace: Workspace, args: Args): Answer {
  const fault = roomFault(workspace, args.channel);
  if (fault !== undefined) return fault;
  if (find(workspace, args.channel, args.ts) === undefined) return refused('thread_not_found');
  const thread = workspace
    .visible(args.channel ?? '')
    .filter((message) => message.ts === args.ts || message.thread_ts === args.ts);
  return page(thread, args);
}

function page(messages: readonly StoredMessage[], args: Args): Answer {
  const from = Number(args.cursor ?? 0);
  const limit = Number(args.limit ?? 100);
  if (!(limit >= 1 && limit <= 999)) return refused('invalid_limit');
  const end = from + limit;
  return {
    ok: true,
    messages: messages
      .slice(from, end)
      .map((message) => shown(message, args.include_all_metadata === 'true')),
    has_more: end < messages.length,
    response_metadata: { next_cursor: end < messages.length ? String(end) : '' },
  };
}

function getPermalink(workspace: Workspace, { channel = '', message_ts = '' }: Args): Answer {
  if (!workspace.channels.has(channel)) return refused('channel_not_found');
  if (find(workspace, channel, message_ts) === undefined) return refused('message_not_found');
  const permalink = `https://team.slack.com/archives/${channel}/p${message_ts.replace('.', '')}`;
  return { ok: true, channel, permalink };
}

function groupUsers(workspace: Workspace, args: Args): Answer {
  const users = workspace.groups.get(args.usergroup ?? '');
  return users === undefined ? refused('no_such_subteam') : { ok: true, users };
}

function find(
  workspace: Workspace,
  channel: string | undefined,
  ts: string | undefined,
): StoredMessage | undefined {
  return workspace.visible(channel ?? '').find((message) => message.ts === ts);
}

function shown(message: StoredMessage, metadata: boolean): Record<string, unknown> {
  const { ts, text, blocks, thread_ts } = message;
  return {
    type: 'message',
    bot_id: 'BBOT',
    user: 'UBOT',
    ts,
    text,
    blocks,
    ...(thread_ts === undefined ? {} : { thread_ts }),
    ...(metadata && message.metadata !== undefined ? { metadata: message.metadata } : {}),
  };
}
