import type { webApi } from '@slack/bolt';
import { z } from 'zod';
import { ChatError } from '../../../ports/chat.ts';
import { classify } from '../errors.ts';

/** A file as Slack keeps it. `link` is its page in Slack, where Slack said it. */
export interface SlackFile {
  id: string;
  link?: string;
}

export interface NewFile {
  name: string;
  title: string;
  bytes: Uint8Array;
  /** The thread that it is shown in; absent: nobody sees it until a message refers to it. */
  share?: { channel: string; thread: string };
}

/** Brings a file to Slack. Throws `ChatError`: `doubtful` when it may be shown in the thread all the same. */
export type Upload = (file: NewFile) => Promise<SlackFile>;

const placeSchema = z.object({ upload_url: z.url({ protocol: /^https?$/ }), file_id: z.string().min(1) });
const completedSchema = z.object({
  files: z
    .array(
      z.object({
        permalink: z
          .url({ protocol: /^https$/ })
          .optional()
          .catch(undefined),
      }),
    )
    .default([]),
});

/**
 * Slack's external upload: a place for the bytes, the bytes, and the word that they are there.
 * Rule: Slack, files.getUploadURLExternal and files.completeUploadExternal.
 */
export function slackUpload(
  client: webApi.WebClient,
  fetch: typeof globalThis.fetch,
  timeout: number,
): Upload {
  return async (file) => {
    const { upload_url, file_id } = await placeFor(client, file);
    await send(fetch, upload_url, file.bytes, timeout);
    const link = await complete(client, file_id, file);
    return { id: file_id, ...(link === undefined ? {} : { link }) };
  };
}

async function placeFor(client: webApi.WebClient, { name, bytes }: NewFile) {
  const method = 'files.getUploadURLExternal';
  try {
    const answer = await client.files.getUploadURLExternal({ filename: name, length: bytes.byteLength });
    return placeSchema.parse(answer);
  } catch (error) {
    throw classify(method, error, true);
  }
}

async function send(
  fetch: typeof globalThis.fetch,
  url: string,
  bytes: Uint8Array,
  timeout: number,
): Promise<void> {
  const signal = AbortSignal.timeout(timeout);
  const request = { method: 'POST', body: new Uint8Array(bytes), redirect: 'error', signal } as const;
  const answer = await fetch(url, request).catch((cause: unknown) => {
    throw new ChatError('unavailable', 'The connection to Slack broke during the upload of a file.', {
      cause,
    });
  });
  await answer.body?.cancel();
  if (answer.ok) return;
  throw new ChatError('unavailable', `Slack answered the upload of a file with HTTP ${answer.status}.`);
}

async function complete(
  client: webApi.WebClient,
  id: string,
  { title, share }: NewFile,
): Promise<string | undefined> {
  const files: [{ id: string; title: string }] = [{ id, title }];
  const where = share === undefined ? {} : { channel_id: share.channel, thread_ts: share.thread };
  try {
    const answer = await client.files.completeUploadExternal({ files, ...where });
    return completedSchema.parse(answer).files[0]?.permalink;
  } catch (error) {
    throw classify('files.completeUploadExternal', error, share === undefined);
  }
}
