import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { smallCard } from '../chat-contract/cards.ts';
import { cardWith } from './bot.ts';
import { group, type Scene, telegramScene } from './scene.ts';

const [alice, bob] = [11, 12];

describe('what people type in Telegram', () => {
  let scene: Scene;
  let bot: Awaited<ReturnType<Scene['begin']>>;
  beforeAll(async () => {
    scene = await telegramScene();
    scene.world.addChat({ id: 11, type: 'private' });
    scene.world.addChat({
      id: -1_002,
      type: 'supergroup',
      isForum: true,
      topics: new Map([[45, { closed: false }]]),
    });
    scene.world.addChat({ id: -1_003, type: 'channel' });
    bot = await scene.begin();
  });
  afterAll(() => scene.stop());
  beforeEach(() => {
    scene.inbox.heard.length = 0;
    bot.log.said.length = 0;
  });

  it('is heard as a command, and answered below it', async () => {
    const typed = scene.people.type(alice, '/rollout start green version=v2.4.0');
    expect((await scene.answerTo(typed)).text).toBe('heard: start green version=v2.4.0');
    expect(scene.inbox.heard).toEqual([
      {
        channel: { platform: 'telegram', id: `${group}` },
        account: '11',
        text: 'start green version=v2.4.0',
      },
    ]);
  });

  it.each([
    ['/rollout@cutover_bot status', 'status'],
    ['/rollout@Cutover_Bot   status  aether-7 ', 'status  aether-7'],
    ['/ROLLOUT help', 'help'],
    ['/rollout', ''],
    ['/rollout reject aether-7\nbroken', 'reject aether-7\nbroken'],
    ['/help@cutover_bot', 'help'],
  ])('%j is %j', async (text, command) => {
    await scene.answerTo(scene.people.type(alice, text));
    expect(scene.inbox.texts()).toEqual([command]);
  });

  it.each(['/rollout@another_bot status', '/rollouts', 'hello', 'see /rollout status', '/help', '/start'])(
    '%j is not for this bot in a group',
    async (text) => {
      scene.people.type(alice, text);
      await scene.answerTo(scene.people.type(bob, '/rollout whoami'));
      expect(scene.inbox.texts()).toEqual(['whoami']);
    },
  );

  it('says what there is when somebody opens a chat with the bot, and that nobody else reads it', async () => {
    await scene.answerTo(scene.people.type(alice, '/start', { chat: 11 }));
    expect(scene.inbox.heard).toEqual([
      { channel: { platform: 'telegram', id: '11' }, account: '11', text: 'help', isPrivate: true },
    ]);
  });

  it('knows the topic of a forum, and answers there', async () => {
    const typed = scene.people.type(alice, '/rollout status', { chat: -1_002, topic: 45 });
    expect((await scene.answerTo(typed)).topic).toBe(45);
    expect(scene.inbox.heard[0]?.channel.id).toBe('-1002/45');
  });

  it.each([
    ['an anonymous admin', { as: group }, 'anonymous admin'],
    ['a channel', { as: -1_003 }, 'as a channel'],
    ['a forwarded message', { forwarded: true }, 'forwarded'],
  ])('refuses %s, and says why', async (_, how, why) => {
    const answer = await scene.answerTo(scene.people.type(alice, '/rollout start green', how));
    expect(answer.text).toContain(why);
    expect(scene.inbox.heard).toEqual([]);
  });

  it('refuses what a channel posts', async () => {
    expect((await scene.answerTo(scene.people.announce(-1_003, '/rollout start green'))).text).toContain(
      'does not say who wrote it',
    );
    expect(scene.inbox.heard).toEqual([]);
  });

  it('asks again for a command that it gets long after it was typed', async () => {
    const answer = await scene.answerTo(
      scene.people.type(alice, '/rollout start green', { ago: 11 * 60_000 }),
    );
    expect(answer.text).toContain('/rollout start green');
    expect(scene.inbox.heard).toEqual([]);
  });

  it('sets the menu of commands', () => {
    expect(scene.world.commands.map(({ command }) => command)).toEqual(['rollout', 'help']);
  });

  it.each(['doubled', 'reversed'] as const)('acts once on what comes %s', async (batches) => {
    scene.world.batches = batches;
    const typed = ['one', 'two', 'three'].map((word) => scene.people.type(alice, `/rollout ${word}`));
    for (const message of typed) await scene.answerTo(message);
    await scene.answerTo(scene.people.type(alice, '/rollout last'));
    scene.world.batches = 'in order';
    expect(scene.inbox.texts().toSorted()).toEqual(['last', 'one', 'three', 'two']);
  });

  it('reads on after a batch whose newest update came first', async () => {
    await scene.answerTo(scene.people.type(alice, '/rollout later'));
    await scene.world.until(() => scene.world.updates.length === 0, 'Telegram to forget what was read');
  });

  it('answers again after Telegram asked to slow down', async () => {
    scene.world.fail('sendMessage', { kind: 'rate-limit', seconds: 1 });
    expect((await scene.answerTo(scene.people.type(alice, '/rollout list'))).text).toBe('heard: list');
  });

  it('lets buttons of an answer be pressed', async () => {
    scene.inbox.answerWith(({ text }) => ({
      ok: true,
      card:
        text === 'start'
          ? cardWith([{ label: 'green', command: 'start green' }])
          : smallCard(`heard: ${text}`),
    }));
    const answer = await scene.answerTo(scene.people.type(alice, '/rollout start'));
    scene.people.press(alice, answer, 'green');
    await scene.world.until(() => scene.inbox.texts().includes('start green'));
    scene.inbox.answerWith(({ text }) => ({ ok: true, card: smallCard(`heard: ${text}`) }));
  });

  it('survives a fault behind the inbox', async () => {
    scene.inbox.answerWith(() => {
      throw new Error('a fault');
    });
    expect((await scene.answerTo(scene.people.type(alice, '/rollout status'))).text).toContain(
      'Nothing was done',
    );
    scene.inbox.answerWith(({ text }) => ({ ok: true, card: smallCard(`heard: ${text}`) }));
    expect((await scene.answerTo(scene.people.type(bob, '/rollout list'))).text).toBe('heard: list');
  });
});
