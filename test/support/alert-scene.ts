import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { buttonsOf } from '../doubles/slack/people.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/start.ts';
import type { StoredMessage as SlackMessage } from '../doubles/slack/workspace.ts';
import { startTelegramDouble, type TelegramDouble } from '../doubles/telegram/start.ts';
import type { StoredMessage as TelegramMessage } from '../doubles/telegram/world.ts';
import { sandboxRules } from './alert-rules.ts';
import { type AlertmanagerOptions, type Alertmanagers, startAlertmanager } from './alertmanager.ts';
import { botFiles, sandboxBeside } from './bot-files.ts';
import { type BotProcess, startBotProcess } from './bot-process.ts';
import { personAt } from './console-person.ts';
import { portForLater } from './port.ts';
import { startPrometheus } from './prometheus.ts';
import { until } from './until.ts';

export const alertToken = 'the-token-that-alerts-come-in-with';
const room = { slack: 'C1', telegram: -1_001 };
const slackAccounts = { bob: 'T1/U2', carol: 'T1/U3' };
const telegramAccounts = { bob: 12, carol: 13 };
/** The ids of Bob and Carol on each platform. */
export const [bob, carol] = [
  { slack: 'U2', telegram: 12 },
  { slack: 'U3', telegram: 13 },
];

/** A message of the bot as people see it, on either platform. */
export interface Seen {
  /** Its place in its room. */
  id: string;
  text: string;
  edits: number;
  buttons: string[];
}

/** A message of one of the platforms, whole. */
export type Kept =
  | { platform: 'slack'; message: SlackMessage }
  | { platform: 'telegram'; message: TelegramMessage };

export type Platform = 'slack' | 'telegram';
export const platforms: readonly Platform[] = ['slack', 'telegram'];

/** A bot in its own process on both chats, its sandbox, and what makes alerts of the sandbox. */
export interface AlertScene {
  sandbox: Awaited<ReturnType<typeof sandboxBeside>>;
  slack: SlackDouble;
  telegram: TelegramDouble;
  bot(): BotProcess;
  /** Where Alertmanager posts to. */
  webhook: string;
  /** Starts the bot anew, with more settings. */
  restart(signal: 'SIGTERM' | 'SIGKILL', more?: Record<string, string>): Promise<void>;
  redis: { stop(): Promise<void>; start(): Promise<void> };
  /** A real Prometheus on the sandbox, and so many real Alertmanagers that post to the bot. */
  watched(options?: Partial<AlertmanagerOptions>): Promise<Alertmanagers>;
  /** A rollout of a target that is approved, and in hypercare; answers its id. */
  inHypercare(target: 'blue' | 'green', version: string): Promise<string>;
  /** Faults of a colour. */
  fault(colour: 'blue' | 'green', faults: { errors?: number; latencyMs?: number }): Promise<void>;
  /** Which colour the hosts are on. */
  hosts(): Promise<unknown>;
  /** The messages of a rollout's thread, the root first. */
  thread(platform: Platform, id: string): Seen[];
  /** A rollout's cards of alerts: one, where all is well. */
  alertCards(platform: Platform, id: string): Seen[];
  /** A message as its platform keeps it now. */
  kept(platform: Platform, seen: Seen): Kept;
  /** Presses a button of a message as it was when it was kept; a stale one, too. */
  press(kept: Kept, person: typeof bob, label: string): Promise<void>;
  /** Presses a button of a rollout's card of alerts whose label begins so. */
  pressOnAlerts(platform: Platform, id: string, person: typeof bob, label: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startAlertScene(): Promise<AlertScene> {
  const dir = await mkdtemp(join(tmpdir(), 'cutover-hypercare-'));
  const data = { dir: join(dir, 'redis'), appendfsync: 'always' as const };
  let redis: EmbeddedRedis;
  const [started, sandbox, slack, telegram, port] = await Promise.all([
    startEmbeddedRedis({ ...data, port: await portForLater() }),
    sandboxBeside(dir),
    startSlackDouble(),
    startTelegramDouble(),
    portForLater(),
  ]);
  redis = started;
  const channels = [`slack:${room.slack}`, `telegram:${room.telegram}`];
  const accounts = { slack: slackAccounts, telegram: telegramAccounts };
  const env = {
    ...(await botFiles(dir, { sandbox, ...accounts, channels, window: '30m' })),
    SLACK_BOT_TOKEN: slack.workspace.botToken,
    SLACK_APP_TOKEN: slack.workspace.appToken,
    SLACK_API_URL: slack.apiUrl,
    TELEGRAM_BOT_TOKEN: telegram.world.token,
    TELEGRAM_API_ROOT: telegram.apiRoot,
    ALERT_WEBHOOK_TOKEN: alertToken,
    REDIS_URL: redis.url,
    PORT: `${port}`,
  };
  const webhook = `http://127.0.0.1:${port}/webhooks/alertmanager`;
  const begin = async (more: Record<string, string> = {}) => {
    const begun = await startBotProcess({ env: { ...env, ...more } });
    await until('Slack to reach the bot', () => slack.sockets.connections() === 1);
    return begun;
  };
  let bot = await begin();
  const servers: { stop(): Promise<void> }[] = [];

  const thread = (platform: Platform, id: string): Seen[] =>
    platform === 'slack' ? slackThread(slack, id) : telegramThread(telegram, id);
  const alertCards = (platform: Platform, id: string) => thread(platform, id).filter(isAlertCard);

  const kept = (platform: Platform, { id }: Seen): Kept => {
    if (platform === 'slack') {
      const message = slack.workspace.visible(room.slack).find(({ ts }) => ts === id);
      if (message) return { platform, message: structuredClone(message) };
    } else {
      const message = telegram.world.find(room.telegram, Number(id));
      if (message) return { platform, message: structuredClone(message) };
    }
    throw new Error(`no message ${id} in ${platform}`);
  };
  const press = async (stored: Kept, person: typeof bob, label: string) => {
    if (stored.platform === 'slack') await slack.people.press(person.slack, stored.message, label);
    else telegram.people.press(person.telegram, stored.message, label);
  };

  return {
    sandbox,
    slack,
    telegram,
    bot: () => bot,
    webhook,
    async restart(signal, more = {}) {
      bot.kill(signal);
      await bot.gone;
      bot = await begin(more);
    },
    redis: {
      stop: () => redis.stop(),
      async start() {
        redis = await startEmbeddedRedis({ ...data, port: redis.port });
      },
    },
    async watched(options = {}) {
      const managers = await startAlertmanager({ webhook, token: alertToken, ...options });
      const targets = [sandbox.urls.blue, sandbox.urls.green].map((url) => new URL(url).host);
      const prometheus = await startPrometheus(targets, {
        rules: sandboxRules,
        alertmanagers: managers.urls,
        labels: { environment: 'sandbox' },
      });
      servers.push(managers, prometheus);
      const stop = async () => {
        await Promise.all([managers.stop(), prometheus.stop()]);
        for (const server of [managers, prometheus]) servers.splice(servers.indexOf(server), 1);
      };
      return { ...managers, stop };
    },
    async inHypercare(target, version) {
      const [starter, approver] = [personAt(bot.url, 'carol'), personAt(bot.url, 'bob')];
      const { said } = await starter.type(`start ${target} version=${version}`);
      const id = /sandbox-\d+/.exec(said)?.[0];
      if (id === undefined) throw new Error(`not started: ${said}`);
      await approver.until(id, 'waiting');
      const approved = await approver.type(`approve ${id}`);
      if (!approved.ok) throw new Error(`not approved: ${approved.said}`);
      await approver.until(id, 'hypercare');
      return id;
    },
    async fault(colour, faults) {
      const answer = await fetch(`${sandbox.urls.supervisor}/faults/${colour}`, {
        method: 'PUT',
        body: JSON.stringify(faults),
      });
      if (!answer.ok) throw new Error(`the fault was refused: ${answer.status} ${await answer.text()}`);
    },
    hosts: async () => (await fetch(`${sandbox.urls.router}/_router/hosts`)).json(),
    thread,
    alertCards,
    kept,
    press,
    async pressOnAlerts(platform, id, person, label) {
      const found = await until(`the button ${label} on the alerts of ${id} in ${platform}`, () => {
        const card = alertCards(platform, id)[0];
        const full = card?.buttons.find((each) => each.startsWith(label));
        return card && full ? { card, full } : undefined;
      });
      await press(kept(platform, found.card), person, found.full);
    },
    async stop() {
      bot.kill('SIGKILL');
      await bot.gone;
      await Promise.all(servers.map((server) => server.stop()));
      await Promise.all([slack.stop(), telegram.stop(), sandbox.stop(), redis.stop()]);
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function isAlertCard({ text }: Seen): boolean {
  return /^(🔥 \d+ groups? firing since|✓ (The alert is|All \d+ groups of alerts are) resolved)/u.test(text);
}

function slackThread({ workspace }: SlackDouble, id: string): Seen[] {
  const all = workspace.visible(room.slack);
  const root = all.find(({ thread_ts, text }) => thread_ts === undefined && text.startsWith(`${id} `));
  return all
    .filter(({ ts, thread_ts }) => root !== undefined && (ts === root.ts || thread_ts === root.ts))
    .map((message) => ({
      id: message.ts,
      text: message.text,
      edits: message.edits,
      buttons: buttonsOf(message).map(({ text }) => text.text),
    }));
}

function telegramThread({ world }: TelegramDouble, id: string): Seen[] {
  const all = world.visible(room.telegram);
  const root = all.find(({ replyTo, text }) => replyTo === undefined && text.startsWith(`${id} `));
  return all
    .filter(({ id: own, replyTo }) => root !== undefined && (own === root.id || replyTo === root.id))
    .map((message) => ({
      id: `${message.id}`,
      text: message.text,
      edits: message.edits,
      buttons: message.keyboard.flat().map(({ text }) => text),
    }));
}
