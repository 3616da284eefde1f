import { Redis } from 'ioredis';
import { consoleChat } from '../../src/adapters/console/chat.ts';
import { plainText } from '../../src/core/card/plain-text.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { redisForTest } from '../support/redis.ts';
import { chatContract } from './contract.ts';

chatContract('The console', async () => {
  const server = await redisForTest();
  const redis = new Redis(server.url);
  const chat = consoleChat({ redis, clock: systemClock });
  return {
    chat,
    channel: 'rollouts',
    standing: async (channel) =>
      (await chat.messages(channel)).map((message) => ({
        id: message.id,
        ...(message.thread === undefined ? {} : { thread: message.thread }),
        text: plainText(message.card).join('\n'),
      })),
    async stop() {
      redis.disconnect();
      await server.stop();
    },
  };
});
