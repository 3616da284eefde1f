import type { Redis } from 'ioredis';
import type { Card } from '../../core/card/card.ts';
import { canonicalJson } from '../../core/json.ts';
import { ChatError, type ChatPort } from '../../ports/chat.ts';
import { type Clock, iso } from '../../ports/clock.ts';
import { type ConsoleMessage, readMessage } from './message.ts';
import { postScript, updateScript } from './scripts.ts';

/** The Redis channel that says which message was posted or edited: `{ channel, id }`. */
export const changesChannel = 'cutover:console:changes';

export interface ConsoleChatDeps {
  redis: Redis;
  clock: Clock;
  /** How many threads a channel keeps, and how many replies a thread; the oldest are forgotten. */
  keep?: { threads: number; replies: number };
}

/**
 * The console as a chat platform: messages in Redis. A post is made once for each operation, even when repeated.
 * One whose answer Redis did not give in time is `doubtful`: it may have been made, and `find` tells.
 */
export interface ConsoleChat extends ChatPort {
  /** The channel's last threads, oldest first, each root followed by its replies in order. */
  messages(channel: string, threads?: number): Promise<ConsoleMessage[]>;
  message(channel: string, id: string): Promise<ConsoleMessage | undefined>;
}

const prefix = (channel: string) => `cutover:console:channel:${channel}`;

function classified(reason: ChatError['reason'], error: unknown): ChatError {
  if (error instanceof ChatError) return error;
  return new ChatError(reason, 'The console could not reach Redis.', { cause: error });
}

async function reaching<T>(reason: 'doubtful' | 'unavailable', work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw classified(reason, error);
  }
}

export function consoleChat({
  redis,
  clock,
  keep = { threads: 200, replies: 200 },
}: ConsoleChatDeps): ConsoleChat {
  const changed = (channel: string, id: string) =>
    redis.publish(changesChannel, JSON.stringify({ channel, id }));

  async function message(channel: string, id: string): Promise<ConsoleMessage | undefined> {
    return readMessage(channel, id, await redis.hgetall(`${prefix(channel)}:message:${id}`));
  }

  async function post(channel: string, root: string, card: Card, operation: string): Promise<string> {
    const { threads, replies } = keep;
    const text = canonicalJson(card);
    const made = await redis.eval(
      postScript,
      1,
      prefix(channel),
      operation,
      root,
      text,
      iso(clock.now()),
      threads,
      replies,
    );
    if (typeof made !== 'string') throw new ChatError('gone', `The thread ${root} of ${channel} is no more.`);
    await changed(channel, made);
    return made;
  }

  return {
    platform: 'console',
    message,
    post: (channel, thread, card, operation) =>
      reaching('doubtful', async () => ({
        channel,
        id: await post(channel, thread?.id ?? '', card, operation),
      })),
    update: ({ channel, id }, card) =>
      reaching('unavailable', async () => {
        const text = canonicalJson(card);
        const done = await redis.eval(updateScript, 1, prefix(channel), id, text, iso(clock.now()));
        if (done === 0) throw new ChatError('gone', `The message ${id} of ${channel} is no more.`);
        if (done === 2) await changed(channel, id);
      }),
    find: (channel, _thread, operation) =>
      reaching('unavailable', async () => {
        const id = await redis.hget(`${prefix(channel)}:operations`, operation);
        return id === null ? undefined : { channel, id };
      }),
    probe: (channel) =>
      reaching('unavailable', async () => {
        await redis.exists(`${prefix(channel)}:roots`);
      }),
    async messages(channel, threads = 50) {
      const roots = await redis.lrange(`${prefix(channel)}:roots`, -threads, -1);
      const replies = await Promise.all(
        roots.map((id) => redis.lrange(`${prefix(channel)}:thread:${id}`, 0, -1)),
      );
      const ids = roots.flatMap((id, index) => [id, ...(replies[index] ?? [])]);
      const found = await Promise.all(ids.map((id) => message(channel, id)));
      return found.filter((each) => each !== undefined);
    },
  };
}
