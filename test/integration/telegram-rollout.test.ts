import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { startTelegramDouble, type TelegramDouble } from '../doubles/telegram/start.ts';
import type { StoredMessage } from '../doubles/telegram/world.ts';
import { botFiles, sandboxBeside } from '../support/bot-files.ts';
import { type BotProcess, endBotProcesses, startBotProcess } from '../support/bot-process.ts';
import { personAt } from '../support/console-person.ts';
import { portForLater } from '../support/port.ts';
import { redisForTest } from '../support/redis.ts';
import { until } from '../support/until.ts';

/** Who is who in Telegram: Alice is an engineer, the others are release managers. */
const accounts = { alice: 11, bob: 12, carol: 13 };
const { bob, carol } = accounts;
const group = -1_001;

const modes = ['long polling', 'webhook'] as const;

describe.each(modes)('a rollout in Telegram by %s', (mode) => {
  let dir: string;
  let redis: EmbeddedRedis;
  let sandbox: Awaited<ReturnType<typeof sandboxBeside>>;
  let telegram: TelegramDouble;
  let env: Record<string, string>;
  let bot: BotProcess;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'cutover-telegram-'));
    [redis, sandbox, telegram] = await Promise.all([
      redisForTest(),
      sandboxBeside(dir),
      startTelegramDouble(),
    ]);
    const port = await portForLater();
    const webhook = {
      TELEGRAM_WEBHOOK_URL: `http://127.0.0.1:${port}/telegram`,
      TELEGRAM_WEBHOOK_SECRET: 'a-secret-of-the-webhook',
    };
    env = {
      ...(await botFiles(dir, {
        sandbox,
        telegram: accounts,
        channels: [`telegram:${group}`],
        window: '20s',
      })),
      ...(mode === 'webhook' ? webhook : {}),
      TELEGRAM_BOT_TOKEN: telegram.world.token,
      TELEGRAM_API_ROOT: telegram.apiRoot,
      REDIS_URL: redis.url,
      PORT: `${port}`,
    };
    bot = await startBotProcess({ env });
  });
  afterAll(async () => {
    await endBotProcesses();
    await telegram.stop();
    await sandbox.stop();
    await redis.stop();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  });

  async function restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    bot.kill(signal);
    await bot.gone;
    bot = await startBotProcess({ env });
  }

  const { values } = Object;
  const labelsOf = ({ keyboard }: StoredMessage) => keyboard.flat().map(({ text }) => text);
  /** The messages of the thread of a rollout, the root first; answers to people are none. */
  const thread = (id: string) => {
    const all = telegram.world.visible(group);
    const root = all.find(({ replyTo, text }) => replyTo === undefined && text.startsWith(id));
    return root ? [root, ...all.filter(({ replyTo }) => replyTo === root.id)] : [];
  };
  const rootWith = (id: string, label: string) =>
    until(
      `a root card of ${id} with the button ${label}`,
      () => thread(id).find((message, index) => index === 0 && labelsOf(message).includes(label)),
      60,
    );
  const rootSays = (id: string, words: string) =>
    until(`a root card of ${id} that says ${words}`, () => thread(id)[0]?.text.includes(words), 60);
  const answerTo = (message: StoredMessage) =>
    until('an answer', () => telegram.world.visible(group).find(({ replyTo }) => replyTo === message.id));
  const nextNotice = async (user: number, act: () => Promise<void>) => {
    const before = telegram.world.noticesTo(user).length;
    await act();
    return until(`a notice to ${user}`, () => telegram.world.noticesTo(user)[before]);
  };
  const press = async (user: number, id: string, label: string) => {
    telegram.people.press(user, await rootWith(id, label), label);
  };
  const hosts = async () => (await fetch(`${sandbox.urls.router}/_router/hosts`)).json();

  it('is started, not approved by who started it, approved by another, and ends clean; restarts double nothing', async () => {
    const typed = telegram.people.type(carol, '/rollout start green version=v2.4.0');
    expect((await answerTo(typed)).text).toContain('sandbox-1');
    await rootWith('sandbox-1', 'Approve');

    await restart('SIGTERM');
    const refusal = await nextNotice(carol, () => press(carol, 'sandbox-1', 'Approve'));
    expect(refusal.text).toContain('You started sandbox-1');
    expect(refusal.alert).toBe(true);
    const approval = await nextNotice(bob, () => press(bob, 'sandbox-1', 'Approve'));
    expect(approval.text).toMatch(/[Aa]pproved/);
    // A group takes a message every few seconds: what passes quickly is never shown.
    await until('the hosts to move', async () => JSON.stringify(await hosts()).includes('"api":"green"'), 60);
    await restart('SIGKILL');
    await personAt(bot.url, 'bob').until('sandbox-1', 'succeeded', 120);
    expect(await hosts()).toEqual({ api: 'green', app: 'green' });
    await rootSays('sandbox-1', 'Done in');

    const messages = thread('sandbox-1');
    console.log(
      `${mode}: a clean rollout made ${messages.length} messages:\n${messages
        .map(
          ({ text, edits, picture, silent }) =>
            `  (${edits} edits${picture ? ', picture' : ''}${silent ? '' : ', rings'}) ${text.replaceAll('\n', ' | ')}`,
        )
        .join('\n')}`,
    );
    expect(messages.length).toBeLessThanOrEqual(12);
    expect(new Set(messages.map(({ text }) => text)).size).toBe(messages.length);
    expect(messages.filter(({ picture }) => picture).length).toBeGreaterThan(0);
    const rings = messages.filter(({ silent }) => !silent);
    expect(
      rings.every(({ entities }) => entities.some(({ user }) => values(accounts).includes(user?.id ?? 0))),
    ).toBe(true);
    const refused = telegram.world.calls.filter(
      ({ method, answer }) => method !== 'getUpdates' && answer !== 'ok',
    );
    expect(refused).toEqual([]);
  });

  it('is rolled back by the button, which asks for the reason', async () => {
    await answerTo(telegram.people.type(carol, '/rollout start blue version=v2.5.0'));
    await nextNotice(bob, () => press(bob, 'sandbox-2', 'Approve'));
    const watcher = personAt(bot.url, 'bob');
    await watcher.until('sandbox-2', 'hypercare');
    expect(await hosts()).toEqual({ api: 'blue', app: 'blue' });

    await nextNotice(carol, () => press(carol, 'sandbox-2', 'Roll back'));
    const asked = await until('the question', () =>
      telegram.world.visible(group).find(({ asksReply, deleted }) => asksReply && !deleted),
    );
    expect(asked.text).toContain('Roll back sandbox-2?');
    await restart('SIGKILL');
    const reply = telegram.people.type(carol, 'checkout errors after the switch', { replyTo: asked });
    await answerTo(reply);
    await personAt(bot.url, 'bob').until('sandbox-2', 'rolled-back');
    await rootSays('sandbox-2', 'checkout errors after the switch');
    expect(await hosts()).toEqual({ api: 'green', app: 'green' });
    expect(thread('sandbox-2')[0]?.keyboard).toEqual([]);
  });

  it('says nothing wrong in its log', () => {
    expect(bot.logged().filter(({ level }) => level !== 'info')).toEqual([]);
  });
});

it('the sandbox runs in Telegram too, for whoever links their account', async () => {
  const [telegram, dataDir] = await Promise.all([
    startTelegramDouble(),
    mkdtemp(join(tmpdir(), 'cutover-telegram-')),
  ]);
  const bot = await startBotProcess({
    env: {
      SANDBOX: '1',
      SANDBOX_PORT: '0',
      PORT: '0',
      DATA_DIR: dataDir,
      TELEGRAM_BOT_TOKEN: telegram.world.token,
      TELEGRAM_API_ROOT: telegram.apiRoot,
    },
  });
  const said = (words: string) =>
    telegram.world.until(
      () => telegram.world.visible(group).find(({ text }) => text.includes(words)),
      words,
      60,
    );
  telegram.people.type(bob, '/rollout start green version=v2.4.0');
  await said('names nobody with the telegram account');
  const { said: answer } = await personAt(bot.url, 'alice', '').type('link');
  const [, code] = /\/rollout link (\S+)/.exec(answer) ?? [];
  telegram.people.type(bob, `/rollout link ${code}`);
  await said('yours now, Alice');
  telegram.people.type(bob, '/rollout start green version=v2.4.0');
  await said('Waiting for approval');
  await endBotProcesses();
  await telegram.stop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});
