import type { LookAhead } from '../../src/ports/chat.ts';
import { startTelegramDouble, type TelegramDouble } from '../doubles/telegram/start.ts';
import type { StoredMessage } from '../doubles/telegram/world.ts';
import { redisForTest } from '../support/redis.ts';
import { type BotOptions, botOn, cardWith, recordingInbox, type Shared, sharedBy } from './bot.ts';

/** The supergroup that each double begins with. */
export const group = -1_001;

/** A Redis and a Telegram, with as many bots on them as a test starts. */
export async function telegramScene() {
  const [redis, double] = await Promise.all([redisForTest(), startTelegramDouble()]);
  const shared = sharedBy(redis.url, double);
  const inbox = recordingInbox();
  const running = new Set<{ stop(): Promise<void> }>();

  /** A bot that listens by long polling. */
  async function begin(options: BotOptions = {}, lookAhead?: LookAhead) {
    const bot = botOn(double, shared, options);
    await bot.telegram.start(inbox.inbox, lookAhead);
    await double.world.until(() => double.world.callsOf('setMyCommands').length > 0, 'the bot to listen');
    running.add(bot);
    return bot;
  }

  return {
    ...double,
    shared,
    inbox,
    begin,
    /** Ends a bot in good order. */
    async end(bot: { stop(): Promise<void> }) {
      running.delete(bot);
      await bot.stop();
    },
    /** A message of the bot with these buttons, in the group. */
    async drawn(
      bot: { telegram: { chat: ReturnType<typeof botOn>['telegram']['chat'] } },
      actions: Parameters<typeof cardWith>[0],
      channel = `${group}`,
    ): Promise<StoredMessage> {
      const { id } = await bot.telegram.chat.post(channel, undefined, cardWith(actions), 'op');
      const chat = Number(channel.split('/')[0]);
      return double.world.until(() => double.world.find(chat, Number(id)));
    },
    /** What the bot said in answer to this message. */
    answerTo: (message: Pick<StoredMessage, 'chat' | 'id'>) =>
      double.world.until(
        () => double.world.visible(message.chat).find(({ replyTo }) => replyTo === message.id),
        'an answer',
      ),
    noticeTo: (user: number) => double.world.until(() => double.world.noticesTo(user).at(-1), 'a notice'),
    async stop() {
      await Promise.all([...running].map((bot) => bot.stop()));
      await double.stop();
      shared.redis.disconnect();
      await redis.stop();
    },
    stopRedis: () => redis.stop(),
  };
}
export type Scene = Awaited<ReturnType<typeof telegramScene>> &
  Pick<TelegramDouble, 'world'> & { shared: Shared };
