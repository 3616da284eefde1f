import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/start.ts';
import { startTelegramDouble, type TelegramDouble } from '../doubles/telegram/start.ts';
import { botFiles, type FilesOptions, sandboxBeside } from './bot-files.ts';
import { type BotProcess, startBotProcess } from './bot-process.ts';
import {
  type ChatRoom,
  slackChannel,
  slackRoom,
  slackUsers,
  telegramGroup,
  telegramRoom,
  telegramUsers,
} from './chat-room.ts';
import { portForLater } from './port.ts';
import { redisForTest } from './redis.ts';
import { until } from './until.ts';

/** How the platforms reach the bot: it holds connections open, or they call it. */
export type Ways = 'Socket Mode and long polling' | 'HTTP and webhook';

/** The bot in a process of its own, with the sandbox beside it, in a channel of Slack and a group of Telegram at once. */
export interface BothChats {
  slack: SlackDouble;
  telegram: TelegramDouble;
  /** Slack's first. */
  rooms: readonly [ChatRoom, ChatRoom];
  bot(): BotProcess;
  /** Kills the bot and starts it again. */
  restart(): Promise<void>;
  /** Which side serves each host. */
  hosts(): Promise<Record<string, string>>;
  /** Threads with something unsent, over both platforms. */
  unsent(): Promise<number>;
  stop(): Promise<void>;
}

export async function startBothChats(
  ways: Ways,
  {
    followedIn = [],
    ...options
  }: Partial<Pick<FilesOptions, 'window' | 'playbooks'>> & { followedIn?: string[] } = {},
): Promise<BothChats> {
  const dir = await mkdtemp(join(tmpdir(), 'cutover-both-'));
  const [redis, sandbox, slack, telegram, port] = await Promise.all([
    redisForTest(),
    sandboxBeside(dir),
    startSlackDouble(),
    startTelegramDouble(),
    portForLater(),
  ]);
  const byHttp = ways === 'HTTP and webhook';
  const env = {
    ...(await botFiles(dir, {
      sandbox,
      slack: accountsIn(slackUsers, (user) => `T1/${user}`),
      // Bob links his account by a code.
      telegram: accountsIn({ alice: telegramUsers.alice, carol: telegramUsers.carol }, (user) => user),
      channels: [`slack:${slackChannel}`, `telegram:${telegramGroup}`, ...followedIn],
      ...options,
    })),
    ...(byHttp ? calledSettings(slack, port) : { SLACK_APP_TOKEN: slack.workspace.appToken }),
    SLACK_BOT_TOKEN: slack.workspace.botToken,
    SLACK_API_URL: slack.apiUrl,
    TELEGRAM_BOT_TOKEN: telegram.world.token,
    TELEGRAM_API_ROOT: telegram.apiRoot,
    REDIS_URL: redis.url,
    PORT: `${port}`,
  };
  async function begin(): Promise<BotProcess> {
    const begun = await startBotProcess({ env });
    await until('Slack to reach the bot', () => byHttp || slack.sockets.connections() === 1);
    return begun;
  }
  let bot = await begin();
  const people = byHttp ? slack.peopleBy(`http://127.0.0.1:${port}/slack/events`) : slack.people;
  return {
    slack,
    telegram,
    rooms: [slackRoom(slack, people), telegramRoom(telegram)],
    bot: () => bot,
    async restart() {
      bot.kill('SIGKILL');
      await bot.gone;
      bot = await begin();
    },
    hosts: async () => (await fetch(`${sandbox.urls.router}/_router/hosts`)).json() as Promise<never>,
    unsent: async () => unsentIn(await (await fetch(`${bot.url}/metrics`)).text()),
    async stop() {
      bot.kill('SIGKILL');
      await bot.gone;
      await Promise.all([slack.stop(), telegram.stop(), sandbox.stop()]);
      await redis.stop();
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Bob, who has an account in Slack alone, makes his Telegram account his by a code. */
export async function linkBob({ rooms: [slack, telegram] }: BothChats): Promise<void> {
  const told = await slack.type('bob', 'link');
  const [, code] = /\/rollout link ([\w-]+)/.exec(told) ?? [];
  const answer = await telegram.type('bob', `link ${code}`);
  if (!answer.includes('yours now, Bob')) throw new Error(`Bob's account was not linked: ${answer}`);
}

function accountsIn<From, To>(of: Record<string, From>, name: (from: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(of).map(([person, account]) => [person, name(account)]));
}

function calledSettings({ workspace }: SlackDouble, port: number): Record<string, string> {
  return {
    SLACK_SIGNING_SECRET: workspace.signingSecret,
    TELEGRAM_WEBHOOK_URL: `http://127.0.0.1:${port}/telegram`,
    TELEGRAM_WEBHOOK_SECRET: 'a-secret-of-the-webhook',
  };
}

function unsentIn(metrics: string): number {
  const counts = [...metrics.matchAll(/^cutover_unsent_threads\{[^}]*\} (\d+)$/gm)].map(([, count]) =>
    Number(count),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
