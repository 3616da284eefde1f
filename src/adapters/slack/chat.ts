import type { webApi } from '@slack/bolt';
import { z } from 'zod';
import type { Card } from '../../core/card/card.ts';
import { ChatError, type ChatPort, type MessageRef } from '../../ports/chat.ts';
import { messageOf } from './blocks.ts';
import { classify } from './errors.ts';
import type { AccountsOf } from './mrkdwn.ts';

/** The type of the metadata that marks our messages. */
const eventType = 'cutover';

/** Messages that are looked through for a doubtful post: pages of 200. */
const pagesSearched = 5;

const postedSchema = z.object({ ok: z.literal(true), channel: z.string(), ts: z.string() });

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

/**
 * Slack as a chat platform. The client must not retry by itself: Slack has no idempotency key for posting, so a
 * post with an unclear outcome is `doubtful`, and `find` looks for its operation in the messages' metadata.
 */
export function slackChat(client: webApi.WebClient, accountsOf: AccountsOf = () => []): ChatPort {
  return {
    platform: 'slack',
    post: (channel, thread, card, operation) => post(client, channel, thread, card, operation, accountsOf),
    async update({ channel, id }, card) {
      const message = messageOf(card, accountsOf);
      await calling('chat.update', true, () => client.chat.update({ channel, ts: id, ...message }));
    },
    find: (channel, thread, operation) => find(client, channel, thread, operation),
    // A user's id in the place of a channel is their direct messages with the app. Rule: Slack, chat.postMessage.
    directRoom: (account) => account.split('/')[1],
  };
}

async function post(
  client: webApi.WebClient,
  channel: string,
  thread: MessageRef | undefined,
  card: Card,
  operation: string,
  accountsOf: AccountsOf,
): Promise<MessageRef> {
  const request: webApi.ChatPostMessageArguments = {
    channel,
    ...messageOf(card, accountsOf),
    ...(thread === undefined ? {} : { thread_ts: thread.id }),
    unfurl_links: false,
    unfurl_media: false,
    metadata: { event_type: eventType, event_payload: { operation } },
  };
  const answer = await calling('chat.postMessage', false, () => client.chat.postMessage(request));
  const posted = postedSchema.safeParse(answer);
  if (posted.success) return { channel: posted.data.channel, id: posted.data.ts };
  throw new ChatError('doubtful', 'Slack answered chat.postMessage without saying where the message is.', {
    cause: posted.error,
  });
}

async function find(
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

async function calling<T>(method: string, repeatable: boolean, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw classify(method, error, repeatable);
  }
}
