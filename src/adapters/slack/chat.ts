import type { webApi } from '@slack/bolt';
import { z } from 'zod';
import type { Card } from '../../core/card/card.ts';
import { ChatError, type ChatPort, type MessageRef } from '../../ports/chat.ts';
import { type Attached, messageOf, type SlackMessage } from './blocks.ts';
import { classify } from './errors.ts';
import { type CardFiles, withoutFiles } from './files/card-files.ts';
import { eventType, find } from './find.ts';
import type { AccountsOf } from './mrkdwn.ts';

const postedSchema = z.object({ ok: z.literal(true), channel: z.string(), ts: z.string() });

/**
 * Slack as a chat platform. The client must not retry by itself: Slack has no idempotency key for posting, so a
 * post with an unclear outcome is `doubtful`, and `find` looks for its operation in the messages' metadata.
 */
export function slackChat(
  client: webApi.WebClient,
  accountsOf: AccountsOf = () => [],
  files: CardFiles = withoutFiles,
): ChatPort {
  const drawn = (card: Card) => (attached: Attached) => messageOf(card, accountsOf, attached);
  return {
    platform: 'slack',
    post: (channel, thread, card, operation) =>
      files.post(card, (attached) => post(client, channel, thread, drawn(card)(attached), operation)),
    update: (ref, card) => files.update(ref, card, (attached) => update(client, ref, drawn(card)(attached))),
    find: (channel, thread, operation) => find(client, channel, thread, operation),
    probe: async () => {
      await calling('auth.test', true, () => client.auth.test());
    },
    // A user's id in the place of a channel is their direct messages with the app. Rule: Slack, chat.postMessage.
    directRoom: (account) => account.split('/')[1],
  };
}

async function post(
  client: webApi.WebClient,
  channel: string,
  thread: MessageRef | undefined,
  message: SlackMessage,
  operation: string,
): Promise<MessageRef> {
  const request: webApi.ChatPostMessageArguments = {
    channel,
    ...message,
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

async function update(
  client: webApi.WebClient,
  { channel, id }: MessageRef,
  message: SlackMessage,
): Promise<void> {
  await calling('chat.update', true, () => client.chat.update({ channel, ts: id, ...message }));
}

async function calling<T>(method: string, repeatable: boolean, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw classify(method, error, repeatable);
  }
}
