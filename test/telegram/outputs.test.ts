import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Card } from '../../src/core/card/card.ts';
import type { MessageRef } from '../../src/ports/chat.ts';
import { smallCard } from '../chat-contract/cards.ts';
import { group, type Scene, telegramScene } from './scene.ts';

const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`).join('\n');

/** A card as the root of a rollout with a failed step: the end of its output, and all of it. */
const failed = (whole: string, title = 'failed'): Card => ({
  ...smallCard(title),
  tail: { title: 'Output of Migrate', text: whole.slice(-2_000), whole },
});

describe('long output in Telegram', () => {
  let scene: Scene;
  let bot: Awaited<ReturnType<Scene['begin']>>;
  beforeAll(async () => {
    scene = await telegramScene();
    bot = await scene.begin();
  });
  afterAll(() => scene.stop());
  const chat = () => bot.telegram.chat;
  const root = (channel = `${group}`) => chat().post(channel, undefined, smallCard('running'), 'op');
  const documents = ({ id }: MessageRef, room = group) =>
    scene.world
      .visible(room)
      .filter(({ document, replyTo }) => document !== undefined && replyTo === Number(id));
  const said = ({ id }: MessageRef) => scene.world.find(group, Number(id))?.text ?? '';

  it('is a document under the root, once, and the card says so', async () => {
    const ref = await root();
    for (const title of ['failed', 'failed, asked', 'failed, asked again'])
      await chat().update(ref, failed(lines(900), title));
    const [document] = documents(ref);
    expect(documents(ref)).toHaveLength(1);
    expect(Buffer.from(document?.document?.bytes ?? []).toString('utf8')).toBe(lines(900));
    expect(document).toMatchObject({ text: 'Output of Migrate', silent: true });
    expect(document?.document?.name).toBe('output.txt');
    expect(said(ref)).toContain('failed, asked again');
    expect(said(ref)).toContain('line 899');
    expect(said(ref)).toContain('All of it: the document in this thread.');
  });

  it('needs none when all of it is in the card', async () => {
    const ref = await root();
    await chat().update(ref, failed('no space left on device'));
    expect(documents(ref)).toEqual([]);
    expect(said(ref)).toContain('no space left on device');
    expect(said(ref)).not.toContain('All of it');
  });

  it('stands in the topic of its root', async () => {
    const topics = new Map([[5, { closed: false }]]);
    scene.world.addChat({ id: -1_050, type: 'supergroup', isForum: true, topics });
    const ref = await root('-1050/5');
    await chat().update(ref, failed(lines(900)));
    expect(documents(ref, -1_050)).toMatchObject([{ topic: 5 }]);
  });

  it.each([
    ['its answer got lost', 'lost-reply', 1],
    ['the connection was cut', 'cut', 0],
  ] as const)(
    'is not brought twice when %s, and a card says nothing of what may not be there',
    async (_, kind, there) => {
      const ref = await root();
      scene.world.fail('sendDocument', { kind });
      await chat().update(ref, failed(lines(900)));
      await chat().update(ref, failed(lines(900), 'failed, asked'));
      expect(documents(ref)).toHaveLength(there);
      expect(said(ref)).toContain('failed, asked');
      expect(said(ref)).not.toContain('All of it');
    },
  );

  it('is tried again after a failure that surely brought nothing, and holds no edit up', async () => {
    const ref = await root();
    scene.world.fail('sendDocument', { kind: 'rate-limit', seconds: 3 });
    await chat().update(ref, failed(lines(900)));
    expect([documents(ref).length, said(ref).includes('line 899')]).toEqual([0, true]);
    await chat().update(ref, failed(lines(900), 'failed, asked'));
    expect(documents(ref)).toHaveLength(1);
    expect(said(ref)).toContain('All of it: the document in this thread.');
  });

  it('is another document for another output', async () => {
    const ref = await root();
    await chat().update(ref, failed(lines(900)));
    await chat().update(ref, failed(lines(901)));
    expect(documents(ref)).toHaveLength(2);
  });

  it('escapes what a step is called', async () => {
    const ref = await root();
    await chat().update(ref, { ...failed(''), tail: { title: '<b>@all', text: 'end', whole: lines(900) } });
    const [document] = documents(ref);
    expect(document?.text).toBe('<b>@\u2060all');
    expect(document?.entities).toEqual([]);
  });
});
