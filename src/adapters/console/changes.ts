import type { Redis } from 'ioredis';
import { z } from 'zod';
import { changesChannel } from './chat.ts';

const changeSchema = z.object({ channel: z.string(), id: z.string() });
export type MessageChange = z.infer<typeof changeSchema>;

export interface MessageChanges {
  subscribe(listener: (change: MessageChange) => void): () => void;
  close(): void;
}

/** After Redis was away: anything may have changed, so read every channel again. */
export const everything: MessageChange = { channel: '*', id: '*' };

/** Follows what is posted and edited, in this process or another, on a Redis connection of its own. */
export async function messageChanges(redis: Redis): Promise<MessageChanges> {
  const connection = redis.duplicate({ maxRetriesPerRequest: null });
  const listeners = new Set<(change: MessageChange) => void>();
  // The connection mends itself; commands on `redis` tell people when Redis is away.
  connection.on('error', () => undefined);
  const tell = (change: MessageChange) => {
    for (const listener of listeners) listener(change);
  };
  connection.on('message', (_channel: string, text: string) => tell(changeSchema.parse(JSON.parse(text))));
  await connection.subscribe(changesChannel);
  connection.on('ready', () => tell(everything));
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => connection.disconnect(),
  };
}
