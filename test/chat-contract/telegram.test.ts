import { startTelegramDouble } from '../doubles/telegram/start.ts';
import { redisForTest } from '../support/redis.ts';
import { botOn, recordingInbox, sharedBy, webhookBot } from '../telegram/bot.ts';
import { chatContract, type FaultyChat, faultyChatContract } from './contract.ts';

const modes = [
  ['Telegram by long polling', false],
  ['Telegram by webhook', true],
] as const;

for (const [name, byWebhook] of modes) {
  const start = async (): Promise<FaultyChat> => {
    const [redis, double] = await Promise.all([redisForTest(), startTelegramDouble()]);
    const { world } = double;
    world.addChat({ id: 11, type: 'private' });
    const shared = sharedBy(redis.url, double);
    const { inbox } = recordingInbox();
    const bot = byWebhook ? await webhookBot(double, shared, inbox) : botOn(double, shared);
    if (!byWebhook) await bot.telegram.start(inbox);
    return {
      chat: bot.telegram.chat,
      channel: '-1001',
      direct: { account: '11', room: '11', unreachable: '12' },
      standing: async (channel) =>
        world.visible(Number(channel)).map(({ id, replyTo, text, picture, keyboard }) => ({
          id: picture ? `picture:${id}` : `${id}`,
          ...(replyTo === undefined ? {} : { thread: `${replyTo}` }),
          text: `${text} ${JSON.stringify(keyboard)}`,
        })),
      loseReply: () => world.fail('sendMessage', { kind: 'lost-reply' }),
      rateLimit: (seconds) => world.fail('sendMessage', { kind: 'rate-limit', seconds }),
      cut: () => world.fail('sendMessage', { kind: 'cut' }),
      async stop() {
        await bot.stop();
        await double.stop();
        shared.redis.disconnect();
        await redis.stop();
      },
    };
  };
  chatContract(name, start);
  faultyChatContract(name, start);
}
