import type { webApi } from '@slack/bolt';
import { z } from 'zod';
import type { MessageRef } from '../../ports/chat.ts';
import { classify } from './errors.ts';

/** The type of the metadata that marks our messages. */
export const eventType = 'cutover';

/** Messages that are looked through for a doubtful post: pages of 200. */
const pagesSearched = 5;

const pageSchema = z.object({
  messages: z
    .array(
      z.object({
        ts: z.string(),
        metadata: z
          .object({ event_type: z.string().optional(), event_payload: z.looseObject({}).optional() })
          .optional(),
      }),
    )
    .default([]),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});
type Page = z.infer<typeof pageSchema>;

/** The message whose metadata holds an operation; `unknown` where there are too many to look through, or no right to. */
export async function find(
  client: webApi.WebClient,
  channel: string,
  thread: MessageRef | undefined,
  operation: string,
): Promise<MessageRef | undefined | 'unknown'> {
  let cursor: string | undefined;
  for (let searched = 0; searched < pagesSearched; searched += 1) {
    const page = await readPage(client, channel, thread, cursor);
    if (page === 'unknown') return page;
    const found = page.messages.find((message) => isOurs(message, operation));
    if (found !== undefined) return { channel, id: found.ts };
    cursor = page.response_metadata?.next_cursor;
    if (cursor === undefined || cursor === '') return undefined;
  }
  return thread === undefined ? undefined : 'unknown';
}

async function readPage(
  client: webApi.WebClient,
  channel: string,
  thread: MessageRef | undefined,
  cursor: string | undefined,
): Promise<Page | 'unknown'> {
  const request = {
    channel,
    limit: 200,
    include_all_metadata: true,
    ...(cursor === undefined ? {} : { cursor }),
  };
  try {
    const answer = await (thread === undefined
      ? client.conversations.history(request)
      : client.conversations.replies({ ...request, ts: thread.id }));
    return pageSchema.parse(answer);
  } catch (error) {
    const failure = classify('conversations.history', error, true);
    if (failure.reason === 'refused' || failure.reason === 'closed') return 'unknown';
    throw failure;
  }
}

function isOurs({ metadata }: Page['messages'][number], operation: string): boolean {
  return metadata?.event_type === eventType && metadata.event_payload?.operation === operation;
}
