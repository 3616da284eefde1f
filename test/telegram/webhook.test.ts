import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { botOn, webhookBot } from './bot.ts';
import { type Scene, telegramScene } from './scene.ts';

const alice = 11;

describe('Telegram by webhook', () => {
  let scene: Scene;
  let bot: Awaited<ReturnType<typeof webhookBot>>;
  beforeAll(async () => {
    scene = await telegramScene();
    bot = await webhookBot(scene, scene.shared, scene.inbox.inbox);
    await scene.world.until(() => scene.world.webhook, 'the webhook to be set');
  });
  afterAll(async () => {
    await bot.stop();
    await scene.stop();
  });
  beforeEach(() => {
    scene.inbox.heard.length = 0;
  });

  const update = (text: string) => ({
    update_id: scene.world.nextId(),
    message: {
      message_id: scene.world.nextId(),
      date: Math.floor(Date.now() / 1_000),
      chat: { id: -1_001, type: 'supergroup' },
      from: { id: alice, is_bot: false, first_name: 'Alice' },
      text,
    },
  });
  const send = async (body: unknown, secret: string | undefined = bot.webhook.secret) => {
    const headers = secret === undefined ? {} : { 'x-telegram-bot-api-secret-token': secret };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return (await fetch(bot.url, { method: 'POST', body: text, headers })).status;
  };

  it('tells Telegram where to call, with the secret', () => {
    expect(scene.world.webhook).toEqual({
      url: `${bot.webhook.url}/telegram/webhook`,
      secret: bot.webhook.secret,
    });
    expect(bot.telegram.connected()).toBe(true);
  });

  it('hears a command, and answers it', async () => {
    const typed = scene.people.type(alice, '/rollout status');
    expect((await scene.answerTo(typed)).text).toBe('heard: status');
    expect(scene.calling.answers.at(-1)).toBe(200);
  });

  it('hears once what is delivered three times', async () => {
    const given = update('/rollout pause aether-7');
    expect(await Promise.all([send(given), send(given), send(given)])).toEqual([200, 200, 200]);
    await scene.answerTo(scene.people.type(alice, '/rollout last'));
    expect(scene.inbox.texts().toSorted()).toEqual(['last', 'pause aether-7']);
  });

  it.each([
    ['a wrong secret', 'another-secret-of-the-webhook', 401],
    ['an empty secret', '', 401],
    ['half of the secret', 'a-secret-of-the', 401],
  ])('refuses %s', async (_, secret, status) => {
    expect(await send(update('/rollout rollback aether-7'), secret)).toBe(status);
    expect(scene.inbox.heard).toEqual([]);
  });

  it('refuses a call without a secret', async () => {
    const answer = await fetch(bot.url, { method: 'POST', body: JSON.stringify(update('/rollout list')) });
    expect(answer.status).toBe(401);
    expect(scene.inbox.heard).toEqual([]);
  });

  it.each([
    ['no JSON', '{', 400],
    ['too much', `"${'x'.repeat(1_100_000)}"`, 413],
    ['something that says nothing to it', { update_id: 1, poll: {} }, 200],
    ['no update at all', ['?'], 200],
  ])('takes %s for what it is', async (_, body, status) => {
    expect(await send(body)).toBe(status);
    expect(scene.inbox.heard).toEqual([]);
  });
});

describe('a webhook that is not ready', () => {
  it('asks Telegram to come again, and loses nothing', async () => {
    const scene = await telegramScene();
    scene.world.fail('getMe', { kind: 'http', status: 502 });
    const bot = await webhookBot(scene, scene.shared, scene.inbox.inbox, { checked: true });
    scene.world.webhook = { url: bot.url, secret: bot.webhook.secret };
    const typed = scene.people.type(alice, '/rollout status');
    await scene.answerTo(typed);
    expect(scene.calling.answers).toContain(503);
    expect(scene.inbox.texts()).toEqual(['status']);
    await bot.stop();
    await scene.stop();
  });

  it('gives way to long polling when that is chosen again', async () => {
    const scene = await telegramScene();
    scene.world.webhook = { url: 'http://127.0.0.1:9/old' };
    const bot = botOn(scene, scene.shared);
    await bot.telegram.start(scene.inbox.inbox);
    await scene.answerTo(scene.people.type(alice, '/rollout status'));
    expect(scene.world.webhook).toBeUndefined();
    await bot.stop();
    await scene.stop();
  });
});

describe('a token that Telegram refuses', () => {
  it('is said at the start, with what to do', async () => {
    const scene = await telegramScene();
    const bot = botOn(scene, scene.shared, { botToken: '7000000001:another' });
    await expect(bot.telegram.start(scene.inbox.inbox)).rejects.toThrow('Check TELEGRAM_BOT_TOKEN');
    await scene.stop();
  });

  it('is not thought of when Telegram is away', async () => {
    const scene = await telegramScene();
    scene.world.fail('getMe', { kind: 'cut' });
    scene.world.fail('getMe', { kind: 'cut' });
    const bot = botOn(scene, scene.shared);
    await bot.telegram.start(scene.inbox.inbox);
    await scene.answerTo(scene.people.type(alice, '/rollout status'));
    expect(bot.log.said.map(({ message }) => message)).toContain(
      'Telegram could not be reached at the start; messages are tried again until it can',
    );
    await bot.stop();
    await scene.stop();
  });
});

describe('while Redis is away', () => {
  it('does nothing, and says so to whoever types or presses', async () => {
    const scene = await telegramScene();
    const bot = await scene.begin();
    const message = await scene.drawn(bot, [{ label: 'Pause', command: 'pause aether-7' }]);
    await scene.answerTo(scene.people.type(alice, '/rollout status'));
    await scene.stopRedis();
    scene.people.press(12, message, 'Pause');
    expect((await scene.noticeTo(12)).text).toContain('Nothing was done');
    const typed = scene.people.type(alice, '/rollout rollback aether-7 broken');
    expect((await scene.answerTo(typed)).text).toContain('Try again in a moment');
    expect(scene.inbox.texts()).toEqual(['status']);
    await scene.stop();
  });
});
