import type { Redis } from 'ioredis';

const channel = 'cutover:1:urgent';

/** Calls every worker to a rollout at once, past all queues. Whether anybody heard it; what becomes of it, the sweeper sees. */
export async function callUrgently(redis: Redis, rollout: string): Promise<boolean> {
  return (await redis.publish(channel, rollout)) > 0;
}

/** Answers urgent calls; `close` stops listening and waits for what is under way. */
export function answerUrgentCalls(
  redis: Redis,
  advance: (rollout: string) => Promise<void>,
  onError: (error: Error) => void,
): { close(): Promise<void> } {
  const subscriber = redis.duplicate();
  const underWay = new Set<Promise<void>>();
  subscriber.on('error', onError);
  subscriber.on('message', (_channel: string, rollout: string) => {
    const answer = advance(rollout).catch(onError);
    underWay.add(answer);
    void answer.finally(() => underWay.delete(answer));
  });
  void subscriber.subscribe(channel).catch(onError);
  return {
    async close() {
      subscriber.disconnect();
      await Promise.all(underWay);
    },
  };
}
