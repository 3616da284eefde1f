import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Action } from '../../src/core/card/card.ts';
import { smallCard } from '../chat-contract/cards.ts';
import { cardWith } from './bot.ts';
import { group, type Scene, telegramScene } from './scene.ts';

const [alice, bob, carol] = [11, 12, 13];

const approve: Action = { label: 'Approve', command: 'approve aether-7 nonce=ab12', style: 'primary' };
const abort: Action = {
  label: 'Abort',
  command: 'abort aether-7',
  style: 'danger',
  confirm: { title: 'Abort aether-7?', text: 'It stops for good.', ok: 'Abort' },
};
const rollBack: Action = {
  label: 'Roll back',
  command: 'rollback aether-7',
  style: 'danger',
  confirm: { title: 'Roll back aether-7?', text: 'Puts back: hosts → blue.', ok: 'Roll back' },
  ask: 'reason',
};

describe('what people press in Telegram', () => {
  let scene: Scene;
  let bot: Awaited<ReturnType<Scene['begin']>>;
  let late = 0;
  beforeAll(async () => {
    scene = await telegramScene();
    bot = await scene.begin({ clock: { now: () => Date.now() + late } });
  });
  afterAll(() => scene.stop());
  beforeEach(() => {
    late = 0;
    scene.inbox.heard.length = 0;
    scene.world.messages.length = 0;
    scene.world.queries.clear();
  });

  const labels = (message: { keyboard: { text: string }[][] }) =>
    message.keyboard.flat().map(({ text }) => text);
  const show = (message: { keyboard: { text: string }[][] }, label: string) =>
    scene.world.until(() => labels(message).includes(label), `the button ${label}`);

  it('does what the button says, with the number that it was drawn at, and answers unseen', async () => {
    const message = await scene.drawn(bot, [approve]);
    scene.people.press(bob, message, 'Approve');
    expect(await scene.noticeTo(bob)).toEqual({ text: 'heard: approve aether-7 nonce=ab12', alert: false });
    expect(scene.inbox.heard).toEqual([
      {
        channel: { platform: 'telegram', id: `${group}` },
        account: '12',
        text: 'approve aether-7 nonce=ab12',
        press: { drawnAt: 12 },
      },
    ]);
    expect(scene.world.visible(group)).toHaveLength(1);
  });

  it('shows a refusal until the person closes it', async () => {
    scene.inbox.answerWith(() => ({ ok: false, card: smallCard('You started it.') }));
    scene.people.press(alice, await scene.drawn(bot, [approve]), 'Approve');
    expect(await scene.noticeTo(alice)).toEqual({ text: 'You started it.', alert: true });
    scene.inbox.answerWith(({ text }) => ({ ok: true, card: smallCard(`heard: ${text}`) }));
  });

  it('says below the message what does not fit into a notice, and calls the person', async () => {
    scene.inbox.answerWith(() => ({ ok: true, card: smallCard('word '.repeat(100)) }));
    const message = await scene.drawn(bot, [approve]);
    scene.people.press(alice, message, 'Approve');
    const answer = await scene.answerTo(message);
    expect(answer.text.startsWith('Alice: word word')).toBe(true);
    expect(answer.entities[0]).toMatchObject({ type: 'text_mention', user: { id: alice } });
    expect((await scene.noticeTo(alice)).text.length).toBe(200);
    scene.inbox.answerWith(({ text }) => ({ ok: true, card: smallCard(`heard: ${text}`) }));
  });

  it('answers in time when the work takes long, and says the rest later', async () => {
    const release = scene.inbox.hold();
    const message = await scene.drawn(bot, [approve]);
    scene.people.press(bob, message, 'Approve');
    expect((await scene.noticeTo(bob)).text).toContain('I am at it');
    release();
    expect((await scene.answerTo(message)).text).toBe('Bob: heard: approve aether-7 nonce=ab12');
  });

  it('says what to type when it no longer knows a button', async () => {
    const message = await scene.drawn(bot, [approve]);
    scene.people.pressData(bob, message, `${'n'.repeat(22)} approve aether-7`);
    expect((await scene.noticeTo(bob)).text).toContain('Type /rollout approve aether-7 instead');
    scene.people.pressData(carol, message, 'forged');
    expect((await scene.noticeTo(carol)).text).toContain('Type /rollout status instead');
    expect(scene.inbox.heard).toEqual([]);
  });

  it('takes a press that was answered too late for done', async () => {
    scene.world.queryTime = -1;
    scene.people.press(bob, await scene.drawn(bot, [approve]), 'Approve');
    await scene.world.until(() =>
      scene.world.callsOf('answerCallbackQuery').some(({ answer }) => answer.includes('query is too old')),
    );
    scene.world.queryTime = 15_000;
    expect(scene.inbox.texts()).toEqual(['approve aether-7 nonce=ab12']);
    expect(bot.log.said).toEqual([]);
  });

  it('draws the same buttons for the same card, so that an edit that changes nothing is none', async () => {
    const message = await scene.drawn(bot, [approve, abort]);
    const before = JSON.stringify(message.keyboard);
    await bot.telegram.chat.update({ channel: `${group}`, id: `${message.id}` }, cardWith([approve, abort]));
    expect(JSON.stringify(message.keyboard)).toBe(before);
    expect(message.edits).toBe(0);
  });

  describe('a destructive button', () => {
    it('asks once more, and does it when the person means it', async () => {
      const message = await scene.drawn(bot, [approve, abort]);
      scene.people.press(bob, message, 'Abort');
      await show(message, 'Yes, abort');
      expect(labels(message)).toEqual(['Yes, abort', 'Cancel', 'Approve']);
      const notice = await scene.noticeTo(bob);
      expect(notice.text).toContain('Abort aether-7? It stops for good.');
      expect(notice.alert).toBe(true);
      expect(scene.inbox.heard).toEqual([]);
      scene.people.press(bob, message, 'Yes, abort');
      await show(message, 'Abort');
      await scene.world.until(() => scene.world.noticesTo(bob).length === 2);
      expect(scene.inbox.heard[0]).toMatchObject({ text: 'abort aether-7', press: { drawnAt: 12 } });
      expect(labels(message)).toEqual(['Approve', 'Abort']);
    });

    it('is cancelled', async () => {
      const message = await scene.drawn(bot, [abort]);
      scene.people.press(bob, message, 'Abort');
      await show(message, 'Cancel');
      scene.people.press(bob, message, 'Cancel');
      await show(message, 'Abort');
      await scene.world.until(() =>
        scene.world.noticesTo(bob).some(({ text }) => text.includes('Cancelled')),
      );
      expect(scene.inbox.heard).toEqual([]);
    });

    it('takes the answer of nobody else, who may press the other buttons meanwhile', async () => {
      const message = await scene.drawn(bot, [approve, abort]);
      scene.people.press(bob, message, 'Abort');
      await show(message, 'Yes, abort');
      scene.people.press(carol, message, 'Yes, abort');
      expect((await scene.noticeTo(carol)).text).toContain('Bob was asked, not you');
      scene.people.press(carol, message, 'Approve');
      await scene.world.until(() => scene.inbox.heard.length === 1);
      expect(scene.inbox.heard[0]?.account).toBe('13');
    });

    it('goes on asking while the message is edited, until its button is gone', async () => {
      const message = await scene.drawn(bot, [approve, abort]);
      const ref = { channel: `${group}`, id: `${message.id}` };
      scene.people.press(bob, message, 'Abort');
      await show(message, 'Yes, abort');
      await bot.telegram.chat.update(ref, cardWith([abort], 'more progress'));
      expect(labels(message)).toEqual(['Yes, abort', 'Cancel']);
      await bot.telegram.chat.update(ref, cardWith([approve], 'over'));
      expect(labels(message)).toEqual(['Approve']);
    });

    it('forgets a Yes after a minute, and puts the buttons back', async () => {
      const message = await scene.drawn(bot, [abort]);
      scene.people.press(bob, message, 'Abort');
      await show(message, 'Yes, abort');
      late = 61_000;
      scene.people.press(bob, message, 'Yes, abort');
      await scene.world.until(() => scene.world.noticesTo(bob).some(({ text }) => text.includes('minute')));
      await show(message, 'Abort');
      expect(scene.inbox.heard).toEqual([]);
    });

    it('puts the buttons back by itself when nobody answers', async () => {
      const message = await scene.drawn(bot, [abort]);
      scene.people.press(bob, message, 'Abort');
      await show(message, 'Yes, abort');
      late = 61_000;
      await show(message, 'Abort');
    });
  });

  describe('a button that needs a word', () => {
    const question = (message: { id: number }) =>
      scene.world.until(
        () =>
          scene.world.visible(group).find(({ replyTo, asksReply }) => asksReply && replyTo === message.id),
        'a question',
      );

    it('asks the person for it, and hands it in with the command', async () => {
      const message = await scene.drawn(bot, [rollBack]);
      scene.people.press(bob, message, 'Roll back');
      const asked = await question(message);
      expect(asked.text).toContain('Bob: Roll back aether-7?\nPuts back: hosts → blue.');
      expect(asked.entities[0]).toMatchObject({ type: 'text_mention', user: { id: bob } });
      await scene.noticeTo(bob);
      expect(scene.inbox.heard).toEqual([]);
      const reply = scene.people.type(bob, 'checkout errors\nafter the switch', { replyTo: asked });
      expect((await scene.answerTo(reply)).text).toBe(
        'heard: rollback aether-7 checkout errors after the switch',
      );
      expect(scene.inbox.heard[0]).toMatchObject({ account: '12', press: { drawnAt: 12 } });
      await scene.world.until(() => asked.deleted, 'the question to be taken away');
    });

    it('takes the answer of nobody else', async () => {
      const message = await scene.drawn(bot, [rollBack]);
      scene.people.press(bob, message, 'Roll back');
      const asked = await question(message);
      await scene.noticeTo(bob);
      const reply = scene.people.type(carol, 'because', { replyTo: asked });
      expect((await scene.answerTo(reply)).text).toContain('Bob was asked for that, not you');
      expect(scene.inbox.heard).toEqual([]);
    });

    it('takes an answer once', async () => {
      const message = await scene.drawn(bot, [rollBack]);
      scene.people.press(bob, message, 'Roll back');
      const asked = await question(message);
      await scene.noticeTo(bob);
      const replies = ['first', 'second'].map((text) => scene.people.type(bob, text, { replyTo: asked }));
      for (const reply of replies) await scene.answerTo(reply);
      expect(scene.inbox.heard).toHaveLength(1);
    });

    it('asks again for words, and not after ten minutes', async () => {
      const message = await scene.drawn(bot, [rollBack]);
      scene.people.press(bob, message, 'Roll back');
      const asked = await question(message);
      await scene.noticeTo(bob);
      const empty = scene.people.type(bob, ' ', { replyTo: asked });
      expect((await scene.answerTo(empty)).text).toContain('no reason in that');
      late = 11 * 60_000;
      const reply = scene.people.type(bob, 'too late', { replyTo: asked });
      expect((await scene.answerTo(reply)).text).toContain('type /rollout rollback aether-7 <reason>');
      expect(scene.inbox.heard).toEqual([]);
    });

    it('says what to type when the question can not be asked', async () => {
      const message = await scene.drawn(bot, [rollBack]);
      scene.world.fail('sendMessage', { kind: 'cut' });
      scene.people.press(bob, message, 'Roll back');
      expect((await scene.noticeTo(bob)).text).toContain('Type /rollout rollback aether-7 <reason>');
    });

    it('is silent when people talk about its messages', async () => {
      const message = await scene.drawn(bot, [rollBack]);
      scene.people.type(bob, 'nice', { replyTo: message });
      await scene.answerTo(scene.people.type(alice, '/rollout status'));
      expect(scene.world.visible(group)).toHaveLength(2);
    });
  });
});
