import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Card } from '../../src/core/card/card.ts';
import { ChatError, type ChatPort, type MessageRef } from '../../src/ports/chat.ts';
import { largeCard, smallCard } from './cards.ts';

/** What stands in a room, as its platform says. */
export interface Standing {
  id: string;
  /** The root's id, for a reply. */
  thread?: string;
  /** All of its text; the contract looks for words in it. */
  text: string;
}

/** A platform under the contract: the real adapter, on a double of the platform or on the platform itself. */
export interface ChatUnderTest {
  chat: ChatPort;
  /** A room that the bot may write to. */
  channel: string;
  standing(channel: string): Promise<Standing[]>;
  stop(): Promise<void>;
}

/** A platform that can be made to fail: the next post is done and its answer lost, refused, or cut off before. */
export interface FaultyChat extends ChatUnderTest {
  /** An account with the room in which it alone reads, and an account that can't be reached. */
  direct: { account: string; room: string; unreachable: string };
  loseReply(): void;
  rateLimit(seconds: number): void;
  cut(): void;
}

/** What every chat adapter must do, whatever its platform. */
export function chatContract(name: string, start: () => Promise<ChatUnderTest>): void {
  describe(`${name} keeps the contract of a chat`, () => {
    let under: ChatUnderTest;
    let operations = 0;
    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under.stop());

    const operation = () => {
      operations += 1;
      return `operation-${name}-${operations}`;
    };
    const post = (card: Card, thread?: MessageRef) =>
      under.chat.post(under.channel, thread, card, operation());
    const seen = async (ref: MessageRef) =>
      (await under.standing(under.channel)).filter((message) => message.id === ref.id);

    it('posts a card', async () => {
      const ref = await post(smallCard('first words'));
      const [message] = await seen(ref);
      expect(message?.text).toContain('first words');
      expect(message?.thread).toBeUndefined();
    });

    it('posts replies under a root, in order', async () => {
      const root = await post(smallCard('the root'));
      await post(smallCard('reply one'), root);
      await post(smallCard('reply two'), root);
      const replies = (await under.standing(under.channel)).filter(({ thread }) => thread === root.id);
      expect(replies.map(({ text }) => text.match(/reply (?:one|two)/)?.[0])).toEqual([
        'reply one',
        'reply two',
      ]);
    });

    it('edits in place, and makes no second message', async () => {
      const ref = await post(smallCard('before the edit'));
      const count = (await under.standing(under.channel)).length;
      await under.chat.update(ref, smallCard('after the edit'));
      expect((await seen(ref)).map(({ text }) => text.includes('after the edit'))).toEqual([true]);
      expect((await under.standing(under.channel)).length).toBe(count);
    });

    it('answers a probe, which leaves nothing behind', async () => {
      const before = await under.standing(under.channel);
      await under.chat.probe(under.channel);
      expect(await under.standing(under.channel)).toEqual(before);
    });

    it('takes an edit that changes nothing for a success', async () => {
      const ref = await post(smallCard('the same'));
      await under.chat.update(ref, smallCard('the same'));
      await under.chat.update(ref, smallCard('the same'));
      expect((await seen(ref)).length).toBe(1);
    });

    it('takes a card of any size and content', async () => {
      const ref = await post(largeCard());
      await under.chat.update(ref, largeCard());
      expect((await seen(ref)).length).toBe(1);
    });

    it('finds a post by its operation, or says that it can not tell', async () => {
      const marked = operation();
      const root = await under.chat.post(under.channel, undefined, smallCard('marked root'), marked);
      const inThread = operation();
      const reply = await under.chat.post(under.channel, root, smallCard('marked reply'), inThread);
      const found = [
        await under.chat.find(under.channel, undefined, marked),
        await under.chat.find(under.channel, root, inThread),
      ];
      for (const [index, ref] of [root, reply].entries()) {
        if (found[index] !== 'unknown') expect(found[index]).toEqual(ref);
      }
      expect([undefined, 'unknown']).toContain(await under.chat.find(under.channel, root, operation()));
    });

    it('still finds a post that was edited since', async () => {
      const marked = operation();
      const ref = await under.chat.post(under.channel, undefined, smallCard('to be edited'), marked);
      await under.chat.update(ref, smallCard('was edited'));
      const found = await under.chat.find(under.channel, undefined, marked);
      if (found !== 'unknown') expect(found).toEqual(ref);
    });

    it('says that a message is gone', async () => {
      const nowhere = { channel: under.channel, id: '1.000001' };
      expect(await failureOf(under.chat.update(nowhere, smallCard('nobody reads this')))).toMatchObject({
        reason: 'gone',
      });
    });
  });
}

/** What an adapter must do when its platform, over a network, fails. */
export function faultyChatContract(name: string, start: () => Promise<FaultyChat>): void {
  describe(`${name} keeps the contract of a chat that fails`, () => {
    let under: FaultyChat;
    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under.stop());

    const post = (text: string) =>
      under.chat.post(under.channel, undefined, smallCard(text), `operation ${text}`);
    const standing = async (text: string) =>
      (await under.standing(under.channel)).filter((message) => message.text.includes(text));

    it('calls a post doubtful whose answer was lost, and finds it: it was posted once', async () => {
      under.loseReply();
      expect((await failureOf(post('lost reply'))).reason).toBe('doubtful');
      const found = await under.chat.find(under.channel, undefined, 'operation lost reply');
      const stands = await standing('lost reply');
      expect(stands.length).toBe(1);
      if (found !== 'unknown') expect(found?.id).toBe(stands[0]?.id);
    });

    it('reaches one account alone in a room of its own, and says when it can’t', async () => {
      const { account, room, unreachable } = under.direct;
      const to = (who: string) =>
        under.chat.post(
          under.chat.directRoom?.(who) ?? 'no room',
          undefined,
          smallCard(`for ${who}`),
          `op ${who}`,
        );
      await to(account);
      expect((await under.standing(room)).filter(({ text }) => text.includes(`for ${account}`))).toHaveLength(
        1,
      );
      expect(await standing(`for ${account}`)).toEqual([]);
      expect(['gone', 'closed', 'refused']).toContain((await failureOf(to(unreachable))).reason);
    });

    it('says how long to wait when the platform asks to slow down', async () => {
      under.rateLimit(7);
      const { reason, retryAfter } = await failureOf(post('too fast'));
      expect({ reason, retryAfter }).toEqual({ reason: 'rate-limited', retryAfter: 7_000 });
    });

    it('never posts again by itself', async () => {
      under.cut();
      expect(['doubtful', 'unavailable']).toContain((await failureOf(post('cut off'))).reason);
      expect(await standing('cut off')).toEqual([]);
    });
  });
}

/** The `ChatError` that a call must end in. */
export async function failureOf(call: Promise<unknown>): Promise<ChatError> {
  const outcome = await call.then(
    () => 'a success',
    (error: unknown) => error,
  );
  if (outcome instanceof ChatError) return outcome;
  throw new Error(`expected a ChatError, got ${String(outcome)}`);
}
