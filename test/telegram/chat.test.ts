import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Card } from '../../src/core/card/card.ts';
import type { Chart } from '../../src/core/rollout/event.ts';
import { ChatError } from '../../src/ports/chat.ts';
import { smallCard } from '../chat-contract/cards.ts';
import { failureOf } from '../chat-contract/contract.ts';
import { cardWith, dot } from './bot.ts';
import { group, type Scene, telegramScene } from './scene.ts';

const chart = (value: number): Chart => ({
  title: 'Soak',
  unit: '%',
  series: [{ name: 'errors', points: [[1_763_733_600_000, value]] }],
});
const withChart = (text: string, value: number): Card => ({ ...smallCard(text), chart: chart(value) });

describe('the thread in Telegram', () => {
  let scene: Scene;
  let bot: Awaited<ReturnType<Scene['begin']>>;
  let drawn = 0;
  let named = (_channel: string) => false;
  beforeAll(async () => {
    scene = await telegramScene();
    bot = await scene.begin({
      isNamed: (channel) => named(channel),
      drawPng: async () => {
        drawn += 1;
        return new Uint8Array(dot);
      },
    });
  });
  afterAll(() => scene.stop());
  beforeEach(() => {
    scene.world.messages.length = 0;
    scene.world.calls.length = 0;
    scene.inbox.heard.length = 0;
    drawn = 0;
    named = () => false;
  });

  const chat = () => bot.telegram.chat;
  const post = (card: Card, channel = `${group}`) => chat().post(channel, undefined, card, 'op');
  const stands = (room = group) => scene.world.visible(room);

  it('hangs replies under the root, and goes on without it when it was deleted', async () => {
    const root = await post(smallCard('root'));
    await chat().post(`${group}`, root, smallCard('one'), 'op');
    const [first] = stands();
    if (first) first.deleted = true;
    await chat().post(`${group}`, root, smallCard('two'), 'op');
    expect(stands().map(({ text, replyTo }) => [text, replyTo])).toEqual([
      ['one', Number(root.id)],
      ['two', undefined],
    ]);
  });

  it('posts into a topic', async () => {
    scene.world.addChat({
      id: -1_002,
      type: 'supergroup',
      isForum: true,
      topics: new Map([[45, { closed: false }]]),
    });
    const root = await post(smallCard('root'), '-1002/45');
    const reply = await chat().post('-1002/45', root, smallCard('reply'), 'op');
    await chat().update(reply, smallCard('edited'));
    expect(stands(-1_002).map(({ text, topic, replyTo }) => [text, topic, replyTo])).toEqual([
      ['root', 45, undefined],
      ['edited', 45, Number(root.id)],
    ]);
  });

  it('lets phones ring only when it calls somebody', async () => {
    await post(smallCard('progress'));
    await post({ ...smallCard('asked: '), lines: [[{ person: 'bob', name: 'Bob', ping: true }]] });
    await post({ ...smallCard('by '), lines: [[{ person: 'bob', name: 'Bob' }]] });
    expect(stands().map(({ silent, entities }) => [silent, entities[0]?.user?.id])).toEqual([
      [true, undefined],
      [false, 12],
      [true, undefined],
    ]);
  });

  describe('charts', () => {
    it('are pictures, and another one only when the chart is another', async () => {
      const ref = await post(withChart('soak, cycle 1', 1));
      await chat().update(ref, withChart('soak, cycle 1, said better', 1));
      await chat().update(ref, withChart('soak, cycle 2', 2));
      const [message] = stands();
      expect(message).toMatchObject({ text: 'soak, cycle 2', edits: 2 });
      expect(message?.picture).toEqual(new Uint8Array(dot));
      expect(drawn).toBe(2);
      const edits = scene.world.calls
        .map(({ method }) => method)
        .filter((method) => method.startsWith('edit'));
      expect(edits).toEqual(['editMessageCaption', 'editMessageMedia']);
    });

    it('stay as a picture when the card has none any more', async () => {
      const ref = await post(withChart('soak', 1));
      await chat().update(ref, smallCard('soak passed'));
      expect(stands()[0]).toMatchObject({ text: 'soak passed', picture: new Uint8Array(dot) });
    });

    it('are told in words on a message that was a text', async () => {
      const ref = await post(smallCard('soak'));
      await chat().update(ref, withChart('soak, cycle 1', 1));
      expect(stands()[0]?.text).toContain('errors');
      expect(stands()[0]?.picture).toBeUndefined();
    });

    it('hang under the root as well', async () => {
      const root = await post(smallCard('root'));
      await chat().post(`${group}`, root, withChart('soak', 1), 'op');
      expect(stands()[1]).toMatchObject({ replyTo: Number(root.id), picture: new Uint8Array(dot) });
    });

    it('are told in words when they can not be drawn', async () => {
      const other = await scene.begin({
        drawPng: async () => {
          throw new Error('no font');
        },
      });
      await other.telegram.chat.post(`${group}`, undefined, withChart('soak', 1), 'op');
      expect(stands()[0]?.text).toContain('errors');
      await scene.end(other);
    });

    it('have room for 1,024 characters beside them', async () => {
      const long: Card = {
        ...withChart('soak', 1),
        lines: Array.from({ length: 200 }, () => ['a line of words']),
      };
      await post({ ...long, links: [{ label: 'Details', href: 'https://bot.example/aether-7' }] });
      const text = stands()[0]?.text ?? '';
      expect(text.length).toBeLessThanOrEqual(1_024);
      expect(text).toMatch(/Cut: this is longer than Telegram shows\.\nDetails$/);
    });
  });

  describe('a group that becomes a supergroup', () => {
    const [old, fresh] = [-55, -1_055];
    const follow = () => {
      scene.world.addChat({ id: old, type: 'group' });
      scene.world.chats.delete(fresh);
    };

    it('is followed to its new id, and what was posted before is posted anew there', async () => {
      follow();
      const before = await post(smallCard('before'), `${old}`);
      scene.people.upgrade(old, fresh);
      const after = await chat().post(`${old}`, before, smallCard('after'), 'op');
      expect(after.channel).toBe(`${fresh}`);
      expect(stands(fresh).map(({ text, replyTo }) => [text, replyTo])).toEqual([['after', undefined]]);
      // The number of the old message is another one's in the new group.
      expect((await failureOf(chat().update(before, smallCard('edited')))).reason).toBe('gone');
      await chat().update(after, smallCard('after, edited'));
      expect(stands(fresh).map(({ text }) => text)).toEqual(['after, edited']);
      await chat().post(`${old}`, after, smallCard('a reply'), 'op');
      expect(stands(fresh)[1]?.replyTo).toBe(Number(after.id));
    });

    it('is still followed after a restart, and its people are heard under the name that files know', async () => {
      await scene.end(bot);
      bot = await scene.begin({ isNamed: (channel) => named(channel) });
      const ref = await post(smallCard('after the restart'), `${old}`);
      expect(ref.channel).toBe(`${fresh}`);
      await scene.answerTo(scene.people.type(11, '/rollout status', { chat: fresh }));
      expect(scene.inbox.heard[0]?.channel.id).toBe(`${old}`);
      named = (channel) => channel === `${fresh}`;
      await scene.answerTo(scene.people.type(11, '/rollout status', { chat: fresh }));
      expect(scene.inbox.heard[1]?.channel.id).toBe(`${fresh}`);
    });

    it('is learnt from what Telegram says in the group, too', async () => {
      const [was, is] = [-66, -1_066];
      scene.world.addChat({ id: was, type: 'group' });
      const before = await post(smallCard('before'), `${was}`);
      scene.people.upgrade(was, is);
      scene.world.push({
        message: { message_id: 9, date: 1, chat: { id: was, type: 'group' }, migrate_to_chat_id: is },
      });
      await scene.answerTo(scene.people.type(11, '/rollout status'));
      expect((await failureOf(chat().update(before, smallCard('edited')))).reason).toBe('gone');
      expect(scene.world.callsOf('editMessageText')).toEqual([]);
    });
  });

  describe('rooms that are closed', () => {
    const room = (change: Parameters<typeof scene.world.addChat>[0]) => scene.world.addChat(change);
    it.each([
      ['no chat at all', () => '-777', 'Check the id of the group'],
      ['a name that is no number', () => 'releases', '/rollout whoami'],
      [
        'a kicked bot',
        () => `${room({ id: -71, type: 'supergroup', bot: 'kicked' }).id}`,
        'Add the bot to the group again',
      ],
      [
        'a bot that left',
        () => `${room({ id: -72, type: 'supergroup', bot: 'left' }).id}`,
        'Add the bot to the group',
      ],
      [
        'no right to write',
        () => `${room({ id: -73, type: 'supergroup', mayWrite: false }).id}`,
        'Let the bot send messages',
      ],
      [
        'a closed topic',
        () =>
          `${room({ id: -74, type: 'supergroup', isForum: true, topics: new Map([[5, { closed: true }]]) }).id}/5`,
        'Open the topic again',
      ],
      [
        'a topic that was deleted',
        () => `${room({ id: -75, type: 'supergroup', isForum: true }).id}/5`,
        'name another one',
      ],
    ])('%s: says what to do', async (_, channel, advice) => {
      const failure = await failureOf(post(smallCard('hello'), channel()));
      expect(failure.reason).toBe('closed');
      expect(failure.message).toContain(advice);
    });

    it('are told apart from open ones without a trace', async () => {
      await chat().probe(`${group}`);
      expect((await failureOf(chat().probe('-777'))).reason).toBe('closed');
      expect(stands()).toEqual([]);
    });
  });

  it('calls a message that was deleted gone', async () => {
    const ref = await post(smallCard('short-lived'));
    const [message] = stands();
    if (message) message.deleted = true;
    expect((await failureOf(chat().update(ref, smallCard('edited')))).reason).toBe('gone');
  });

  it('edits again what could not be edited because Telegram failed: that is never doubtful', async () => {
    const ref = await post(smallCard('before'));
    for (const fault of ['cut', 'lost-reply'] as const) {
      scene.world.fail('editMessageText', { kind: fault });
      expect((await failureOf(chat().update(ref, smallCard('after')))).reason).toBe('unavailable');
    }
    await chat().update(ref, smallCard('after'));
    expect(stands().map(({ text }) => text)).toEqual(['after']);
  });

  it('calls a post doubtful when Telegram answers with a failure of its own', async () => {
    scene.world.fail('sendMessage', { kind: 'http', status: 502 });
    expect((await failureOf(post(smallCard('a post')))).reason).toBe('doubtful');
  });

  it('does not say its token when a call fails', async () => {
    scene.world.fail('sendMessage', { kind: 'cut' });
    const failure = await failureOf(post(smallCard('a post')));
    for (let at: unknown = failure; at instanceof Error; at = at.cause) {
      expect(`${at.message} ${JSON.stringify(at)}`).not.toContain('double-telegram-token');
    }
  });

  it('posts no buttons that it can not keep', async () => {
    const memory = { ...scene.shared.memory, write: () => Promise.reject(new Error('away')) };
    const other = await scene.begin({ memory });
    const failure = await failureOf(
      other.telegram.chat.post(`${group}`, undefined, cardWith([{ label: 'Pause', command: 'pause' }]), 'op'),
    );
    expect(failure).toBeInstanceOf(ChatError);
    expect(failure.reason).toBe('unavailable');
    expect(stands()).toEqual([]);
    // A card without buttons, as the one that says that Redis is away, needs none.
    await other.telegram.chat.post(`${group}`, undefined, smallCard('I can’t reach my journal'), 'op');
    expect(stands()).toHaveLength(1);
    await scene.end(other);
  });
});
