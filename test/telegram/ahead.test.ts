import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newAccounts } from '../../src/core/accounts/state.ts';
import type { Action } from '../../src/core/card/card.ts';
import type { Ahead, LookAhead } from '../../src/ports/chat.ts';
import { group, type Scene, telegramScene } from './scene.ts';

const bob = 12;
const pauseIt: Action = { label: 'Pause', command: 'pause aether-7' };
const reject: Action = { label: 'Reject', command: 'reject aether-7', ask: 'reason' };
const abort: Action = {
  label: 'Abort',
  command: 'abort aether-7',
  confirm: { title: 'Abort?', text: 'For good.', ok: 'Abort' },
};

describe('what a press in Telegram is decided on', () => {
  let scene: Scene;
  let bot: Awaited<ReturnType<Scene['begin']>>;
  let looked: Parameters<LookAhead>[0][] = [];
  let found: () => Ahead;
  beforeAll(async () => {
    scene = await telegramScene();
    bot = await scene.begin({}, (press) => {
      looked.push(press);
      return found();
    });
  });
  afterAll(() => scene.stop());
  beforeEach(() => {
    looked = [];
    found = () => ({ accounts: Promise.resolve(newAccounts()) });
    scene.inbox.heard.length = 0;
    scene.world.messages.length = 0;
    scene.world.queries.clear();
    scene.world.batches = 'in order';
  });

  it('is asked for ahead, and handed to the inbox', async () => {
    const ahead = { accounts: Promise.resolve(newAccounts()) };
    found = () => ahead;
    scene.people.press(bob, await scene.drawn(bot, [pauseIt]), 'Pause');
    expect((await scene.noticeTo(bob)).text).toBe('heard: pause aether-7');
    expect(looked).toEqual([{ text: 'pause aether-7', press: { drawnAt: 12 } }]);
    expect(scene.inbox.heard[0]?.ahead).toBe(ahead);
  });

  it('is asked by the inbox where nothing was found ahead', async () => {
    found = () => {
      throw new Error('a fault');
    };
    scene.people.press(bob, await scene.drawn(bot, [pauseIt]), 'Pause');
    expect((await scene.noticeTo(bob)).text).toBe('heard: pause aether-7');
    expect(scene.inbox.heard[0]).not.toHaveProperty('ahead');
  });

  it('is not asked for where the press leads to a question first', async () => {
    const message = await scene.drawn(bot, [abort, reject]);
    scene.people.press(bob, message, 'Abort');
    await scene.world.until(() => message.keyboard.flat().some(({ text }) => text === 'Yes, abort'));
    scene.people.press(bob, message, 'Reject');
    await scene.world.until(() => scene.world.visible(group).some(({ asksReply }) => asksReply));
    await scene.world.until(() => scene.world.noticesTo(bob).length === 2);
    expect(looked).toEqual([]);
  });

  it('is acted on once when the press is delivered twice', async () => {
    scene.world.batches = 'doubled';
    const message = await scene.drawn(bot, [pauseIt]);
    for (let round = 1; round <= 5; round += 1) {
      scene.people.press(bob, message, 'Pause');
      await scene.world.until(() => scene.world.noticesTo(bob).length === round);
    }
    expect(scene.inbox.texts()).toEqual(Array.from({ length: 5 }, () => 'pause aether-7'));
  });
});
