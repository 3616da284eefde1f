import { z } from 'zod';
import { type Answer, type Args, type Method, parsed, refused } from './answers.ts';
import type { Workspace } from './workspace.ts';

/** A file on its way to Slack, or there. */
export interface StoredFile {
  id: string;
  name: string;
  title?: string;
  length: number;
  /** Where its bytes are taken, once. */
  path: string;
  bytes?: Buffer;
  completed?: true;
  deleted?: true;
  /** So many messages that would show it are refused yet: Slack looks at a file for a moment first. */
  unready: number;
  shared?: { channel: string; thread: string };
}

const completedSchema = z
  .array(z.strictObject({ id: z.string().min(1), title: z.string().max(255).optional() }))
  .min(1);

/** What Slack's documentation says of files.getUploadURLExternal, .completeUploadExternal and .delete. */
export const fileMethods: Readonly<Record<string, { allowed: readonly string[]; run: Method }>> = {
  'files.getUploadURLExternal': {
    allowed: ['filename', 'length', 'alt_txt', 'snippet_type'],
    run: getUploadUrl,
  },
  'files.completeUploadExternal': {
    allowed: ['files', 'channel_id', 'thread_ts', 'initial_comment', 'blocks'],
    run: complete,
  },
  'files.delete': { allowed: ['file'], run: remove },
};

function getUploadUrl(workspace: Workspace, { filename = '', length = '', alt_txt = '' }: Args): Answer {
  if (filename === '') return refused('invalid_arguments', ['[ERROR] missing required field: filename']);
  if (!/^[1-9]\d{0,9}$/.test(length))
    return refused('invalid_arguments', ['[ERROR] must be a number [length]']);
  if (alt_txt.length > 1_000) return refused('alt_txt_too_large');
  const id = `F${workspace.nextId('').padStart(10, '0')}`;
  const path = `/upload/v1/${id.toLowerCase()}`;
  workspace.files.set(id, { id, name: filename, length: Number(length), path, unready: workspace.unready });
  return { ok: true, upload_url: `${workspace.origin}${path}`, file_id: id };
}

/** The HTTP status of an upload: the bytes must be as many as were announced, and come once. */
export function takeBytes(workspace: Workspace, path: string, bytes: Buffer): number {
  const file = [...workspace.files.values()].find((each) => each.path === path);
  if (file === undefined) return 404;
  if (file.bytes !== undefined || bytes.byteLength !== file.length) return 400;
  file.bytes = bytes;
  return 200;
}

function complete(workspace: Workspace, args: Args): Answer {
  const read = completedSchema.safeParse(parsed(args.files ?? ''));
  if (!read.success) return refused('invalid_arguments', ['[ERROR] files']);
  const files = read.data.map(({ id, title }) => ({ file: workspace.files.get(id), title }));
  if (files.some(({ file }) => file?.bytes === undefined || file.completed || file.deleted)) {
    return refused('file_not_found');
  }
  const { channel_id: channel, thread_ts: thread } = args;
  const fault = channel === undefined ? undefined : shareFault(workspace, channel, thread);
  if (fault !== undefined) return refused(fault);
  for (const { file, title } of files) {
    if (file === undefined) continue;
    file.completed = true;
    if (title !== undefined) file.title = title;
    if (channel !== undefined && thread !== undefined) file.shared = { channel, thread };
  }
  if (channel !== undefined) {
    workspace.messages.push({
      channel,
      ts: workspace.nextTs(),
      text: '',
      blocks: [],
      files: read.data.map(({ id }) => id),
      edits: 0,
      ...(thread === undefined ? {} : { thread_ts: thread }),
    });
  }
  return {
    ok: true,
    files: files.map(({ file, title }) => ({ id: file?.id, title, permalink: linkTo(file) })),
  };
}

function linkTo(file: StoredFile | undefined): string {
  return `https://team.slack.com/files/UBOT/${file?.id}/${file?.name}`;
}

function shareFault(workspace: Workspace, channel: string, thread: string | undefined): string | undefined {
  const room = workspace.channels.get(channel);
  if (room === undefined) return 'channel_not_found';
  if (room.archived) return 'is_archived';
  if (!room.member) return 'not_in_channel';
  if (thread === undefined) return undefined;
  const root = workspace.visible(channel).find(({ ts }) => ts === thread);
  return root === undefined || root.thread_ts !== undefined ? 'thread_not_found' : undefined;
}

function remove(workspace: Workspace, { file: id = '' }: Args): Answer {
  const file = workspace.files.get(id);
  if (file === undefined) return refused('file_not_found');
  if (file.deleted) return refused('file_deleted');
  file.deleted = true;
  delete file.bytes;
  return { ok: true };
}

/** Why a picture in blocks can't be shown: it must be there, be a picture, and have been looked at. */
export function pictureFault(workspace: Workspace, blocks: unknown): string[] {
  if (!Array.isArray(blocks)) return [];
  return blocks.flatMap((block, index) => {
    const id = (block as { slack_file?: { id?: string } }).slack_file?.id;
    if (id === undefined) return [];
    const file = workspace.files.get(id);
    if (file?.completed && isPng(file.bytes) && file.unready <= 0) return [];
    if (file !== undefined) file.unready -= 1;
    return [`[ERROR] invalid slack file [json-pointer:/blocks/${index}/slack_file]`];
  });
}

function isPng(bytes: Buffer | undefined): boolean {
  return bytes?.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex')) ?? false;
}
