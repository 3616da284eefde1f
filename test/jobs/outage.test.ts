import { beforeEach, describe, expect, it } from 'vitest';
import type { Card } from '../../src/core/card/card.ts';
import { plainText } from '../../src/core/card/plain-text.ts';
import { watchStore } from '../../src/jobs/outage.ts';
import { ChatError, type ChatPort, type MessageRef } from '../../src/ports/chat.ts';

/** A chat that remembers what stands in it, and fails when told to. */
function fakeChat() {
  const messages: { ref: MessageRef; operation: string; said: string }[] = [];
  const failures: ChatError[] = [];
  let calls = 0;
  const said = (card: Card) => plainText(card).join('\n');
  const attempt = () => {
    calls += 1;
    const failure = failures.shift();
    if (failure) throw failure;
  };
  const chat: ChatPort = {
    platform: 'slack',
    async post(channel, _thread, card, operation) {
      attempt();
      const ref = { channel, id: `${messages.length + 1}` };
      messages.push({ ref, operation, said: said(card) });
      return ref;
    },
    async update(ref, card) {
      attempt();
      const message = messages.find((each) => each.ref.id === ref.id);
      if (message) message.said = said(card);
    },
    find: async (_channel, _thread, operation) => messages.find((each) => each.operation === operation)?.ref,
    probe: async () => undefined,
  };
  return { chat, messages, failures, calls: () => calls };
}

const start = Date.parse('2026-11-21T14:02:00Z');

describe('the watch of the store', () => {
  let now: number;
  let up: boolean;
  let slack: ReturnType<typeof fakeChat>;
  let rooms: string[];
  let changes: (number | undefined)[];
  let outage: ReturnType<typeof watchStore>;
  beforeEach(() => {
    now = start;
    up = true;
    slack = fakeChat();
    rooms = ['slack:C1', 'slack:C2', 'console:rollouts'];
    changes = [];
    let nonces = 0;
    outage = watchStore({
      ping: () => (up ? Promise.resolve() : Promise.reject(new Error('away'))),
      rooms: () => rooms,
      chats: new Map([['slack', slack.chat]]),
      clock: { now: () => now },
      newNonce: () => `operation-${++nonces}`,
      onChange: (since) => changes.push(since),
      onError: () => undefined,
    });
  });
  /** Looks once a second for so many seconds. */
  async function pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      now += 1_000;
      await outage.look();
    }
  }

  it('says nothing while all is well, nor of a silence of a moment', async () => {
    await pass(3);
    up = false;
    await pass(4);
    expect(outage.silentSince()).toBe(start + 3_000);
    up = true;
    await pass(2);
    expect(outage.silentSince()).toBeUndefined();
    expect([slack.messages, changes]).toEqual([[], []]);
  });

  it('posts one notice to each room after 5 s, and makes it say when it is over', async () => {
    up = false;
    await pass(20);
    const away = [
      'I can’t reach my journal (Redis) since 2026-11-21 14:02 UTC.',
      'Steps under way finish, nothing new starts, commands are refused.',
      'I go on by myself when it is back.',
    ].join('\n');
    expect(slack.messages.map(({ ref, said }) => [ref.channel, said])).toEqual([
      ['C1', away],
      ['C2', away],
    ]);
    up = true;
    await pass(3);
    expect(slack.messages.map(({ said }) => said)).toEqual(
      Array(2).fill('My journal (Redis) was away for 21 s; everything goes on.'),
    );
    expect(changes).toEqual([start, undefined]);
    expect(slack.calls()).toBe(4);
  });

  it('tries a room again that could not be reached, and looks first where a post is doubtful', async () => {
    rooms = ['slack:C1'];
    up = false;
    slack.failures.push(new ChatError('unavailable', 'away'), new ChatError('unavailable', 'away'));
    await pass(8);
    expect(slack.messages).toHaveLength(1);
    expect(slack.calls()).toBe(3);
  });

  it('posts once although the answer to the post was lost', async () => {
    rooms = ['slack:C1'];
    up = false;
    const { post } = slack.chat;
    slack.chat.post = async (...given) => {
      await post(...given);
      slack.chat.post = post;
      throw new ChatError('doubtful', 'the connection broke');
    };
    await pass(10);
    expect(slack.messages).toHaveLength(1);
    up = true;
    await pass(2);
    expect(slack.messages[0]?.said).toContain('everything goes on');
  });

  it('mends a notice later when the chat is away too', async () => {
    rooms = ['slack:C1'];
    up = false;
    await pass(6);
    up = true;
    slack.failures.push(new ChatError('unavailable', 'away'), new ChatError('rate-limited', 'slower'));
    await pass(4);
    expect(slack.messages[0]?.said).toContain('was away for 7 s');
  });

  it('tells of a second outage by a notice of its own', async () => {
    rooms = ['slack:C1'];
    for (const away of [true, false, true, false]) {
      up = !away;
      await pass(7);
    }
    expect(slack.messages).toHaveLength(2);
    expect(slack.messages.every(({ said }) => said.includes('everything goes on'))).toBe(true);
  });
});
