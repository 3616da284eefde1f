import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Action } from '../../src/core/card/card.ts';
import { until } from '../support/until.ts';
import { botOn, recordingInbox } from './bot.ts';
import { group, type Scene, telegramScene } from './scene.ts';

const [alice, bob] = [11, 12];
const pauseIt: Action = { label: 'Pause', command: 'pause aether-7' };
const reject: Action = { label: 'Reject', command: 'reject aether-7', ask: 'reason' };
const abort: Action = {
  label: 'Abort',
  command: 'abort aether-7',
  confirm: { title: 'Abort?', text: 'For good.', ok: 'Abort' },
};

describe('a bot that is started again', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await telegramScene();
  });
  afterAll(() => scene.stop());
  beforeEach(() => {
    scene.inbox.heard.length = 0;
    scene.world.messages.length = 0;
    scene.world.queries.clear();
  });

  it('knows the buttons that it drew before: the first press works', async () => {
    const before = await scene.begin();
    const message = await scene.drawn(before, [pauseIt]);
    await scene.end(before);
    scene.people.press(bob, message, 'Pause');
    const after = await scene.begin();
    expect((await scene.noticeTo(bob)).text).toBe('heard: pause aether-7');
    await scene.end(after);
    expect(scene.inbox.texts()).toEqual(['pause aether-7']);
  });

  it('knows what it asked before', async () => {
    const before = await scene.begin();
    const message = await scene.drawn(before, [reject, abort]);
    scene.people.press(bob, message, 'Reject');
    const asked = await scene.world.until(() =>
      scene.world.visible(group).find(({ asksReply }) => asksReply),
    );
    await scene.noticeTo(bob);
    scene.people.press(alice, message, 'Abort');
    await scene.world.until(() => message.keyboard.flat().some(({ text }) => text === 'Yes, abort'));
    await scene.noticeTo(alice);
    await scene.end(before);
    const reply = scene.people.type(bob, 'the schema is wrong', { replyTo: asked });
    const after = await scene.begin();
    expect((await scene.answerTo(reply)).text).toBe('heard: reject aether-7 the schema is wrong');
    scene.people.press(alice, message, 'Yes, abort');
    await scene.world.until(() => scene.inbox.heard.length === 2);
    expect(scene.inbox.texts()[1]).toBe('abort aether-7');
    await scene.end(after);
  });

  it('does nothing twice that Telegram delivers again, and loses nothing that came meanwhile', async () => {
    for (let round = 0; round < 5; round += 1) {
      const bot = await scene.begin();
      const typed = scene.people.type(alice, `/rollout status r-${round}`);
      const delivered = [...scene.world.updates];
      await scene.answerTo(typed);
      await scene.end(bot);
      // As if Telegram had not heard that they were read.
      scene.world.updates = [...new Set([...delivered, ...scene.world.updates])];
      scene.people.type(alice, `/rollout list r-${round}`);
    }
    const last = await scene.begin();
    await scene.world.until(() => scene.inbox.heard.length >= 10);
    await scene.answerTo(scene.people.type(alice, '/rollout last'));
    await scene.end(last);
    const texts = scene.inbox.texts();
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts).toHaveLength(11);
    expect(scene.world.visible(group).filter(({ text }) => !text.startsWith('heard: '))).toEqual([]);
  });

  it('says so when it died over a command, and does not do it again', async () => {
    const bot = await scene.begin();
    const press = scene.drawn(bot, [pauseIt]);
    const message = await press;
    await scene.end(bot);
    // A process that began, and was killed: what it left behind in Redis.
    const key = `${scene.world.nextId()}`;
    const update = {
      update_id: Number(key),
      message: {
        message_id: message.id,
        date: Math.floor(Date.now() / 1_000),
        chat: { id: group, type: 'supergroup' },
        from: { id: alice, is_bot: false, first_name: 'Alice' },
        text: '/rollout start green',
      },
    };
    await scene.shared.deliveries.take(key, JSON.stringify(update));
    const locks = await scene.shared.redis.keys('*delivery-lock*');
    await scene.shared.redis.del(locks);
    const again = await scene.begin();
    const answer = await scene.answerTo(message);
    expect(answer.text).toContain('I was restarted while I was at it');
    expect(answer.text).toContain('/rollout start green');
    expect(scene.inbox.heard).toEqual([]);
    await scene.end(again);
    expect(await scene.shared.deliveries.open()).toEqual([]);
  });

  it('says so when it died over a press, and does not do it again', async () => {
    const bot = await scene.begin();
    const message = await scene.drawn(bot, [pauseIt]);
    await scene.end(bot);
    scene.people.press(bob, message, 'Pause');
    const [update] = scene.world.updates;
    await scene.shared.deliveries.take(`${update?.update_id}`, JSON.stringify(update));
    await scene.shared.redis.del(await scene.shared.redis.keys('*delivery-lock*'));
    const again = await scene.begin();
    const answer = await scene.answerTo(message);
    expect(answer.text).toContain('I was restarted while I was at it');
    await scene.answerTo(scene.people.type(alice, '/rollout last'));
    expect(scene.inbox.texts()).toEqual(['last']);
    await scene.end(again);
  });
});

describe('several bots of one token', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await telegramScene();
  });
  afterAll(() => scene.stop());

  it('take turns in asking: one at a time, and the next at once when it stops', async () => {
    const first = await scene.begin();
    await until('the first to listen', () => first.telegram.connected());
    const second = await scene.begin();
    for (let round = 0; round < 3; round += 1)
      await scene.answerTo(scene.people.type(alice, `/rollout round-${round}`));
    expect(second.telegram.connected()).toBe(false);
    await scene.end(first);
    await scene.answerTo(scene.people.type(alice, '/rollout handed-over'));
    expect(second.telegram.connected()).toBe(true);
    expect(scene.inbox.texts()).toEqual(['round-0', 'round-1', 'round-2', 'handed-over']);
    const conflicts = scene.world.callsOf('getUpdates').filter(({ answer }) => answer.startsWith('Conflict'));
    expect(conflicts).toEqual([]);
    await scene.end(second);
  });

  it('say clearly that another program asks too, and go on', async () => {
    const other = recordingInbox();
    const stranger = botOn(scene, { ...scene.shared, turns: alwaysMine }, { deliveries: keepingAll });
    const bot = await scene.begin();
    await until('the bot to listen', () => bot.telegram.connected());
    await stranger.telegram.start(other.inbox);
    const said = () => [...bot.log.said, ...stranger.log.said].map(({ message }) => message);
    await until('one of them to say so', () =>
      said().some((words) => words.startsWith('Another program asks')),
    );
    await stranger.stop();
    await scene.answerTo(scene.people.type(alice, '/rollout alone-again'));
    expect(scene.inbox.texts()).toContain('alone-again');
    await scene.end(bot);
  });
});

/** A program that knows nothing of the others. */
const alwaysMine = {
  take: async () => ({ extend: async () => true, release: async () => undefined }),
};
const keepingAll = { take: async () => undefined, begin: async () => undefined, open: async () => [] };
