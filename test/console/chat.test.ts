import { once } from 'node:events';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { messageChanges } from '../../src/adapters/console/changes.ts';
import { type ConsoleChat, consoleChat } from '../../src/adapters/console/chat.ts';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { redisSessions } from '../../src/adapters/web/sessions.ts';
import { redisForTest } from '../support/redis.ts';
import { plainCard } from './cards.ts';

let embedded: EmbeddedRedis;
let redis: Redis;
let chat: ConsoleChat;
let time = 0;
let channel = '';
let channels = 0;

beforeAll(async () => {
  embedded = await redisForTest();
  redis = new Redis(embedded.url);
  const clock = { now: () => Date.UTC(2026, 10, 21) + time };
  chat = consoleChat({ redis, clock, keep: { threads: 3, replies: 2 } });
});
afterAll(async () => {
  redis.disconnect();
  await embedded.stop();
});
beforeEach(() => {
  time = 0;
  channels += 1;
  channel = `room-${channels}`;
});

const titles = async () => (await chat.messages(channel)).map(({ card }) => card.title[0]);

describe('the console as a chat platform', () => {
  it('keeps threads in order, each root with its replies', async () => {
    const first = await chat.post(channel, undefined, plainCard('first'), 'op1');
    await chat.post(channel, undefined, plainCard('second'), 'op2');
    await chat.post(channel, first, plainCard('reply to first'), 'op3');
    expect(await titles()).toEqual(['first', 'reply to first', 'second']);
    expect((await chat.messages(channel))[1]).toMatchObject({ channel, thread: first.id, edits: 0 });
  });

  it('posts once for each operation, also when 50 post at once', async () => {
    const refs = await Promise.all(
      Array.from({ length: 50 }, () => chat.post(channel, undefined, plainCard('once'), 'same')),
    );
    expect(new Set(refs.map(({ id }) => id)).size).toBe(1);
    expect(await titles()).toEqual(['once']);
  });

  it('finds what an operation posted', async () => {
    const made = await chat.post(channel, undefined, plainCard('x'), 'op');
    expect(await chat.find(channel, undefined, 'op')).toEqual(made);
    expect(await chat.find(channel, undefined, 'other')).toBeUndefined();
  });

  it('edits in place, counts it, and takes the same card again as done', async () => {
    const made = await chat.post(channel, undefined, plainCard('before'), 'op');
    time = 5_000;
    await chat.update(made, plainCard('after'));
    time = 9_000;
    await chat.update(made, plainCard('after'));
    expect(await chat.message(channel, made.id)).toMatchObject({
      at: '2026-11-21T00:00:00.000Z',
      edits: 1,
      editedAt: '2026-11-21T00:00:05.000Z',
      card: { title: ['after'] },
    });
  });

  it('says gone of a message and a thread that are no more', async () => {
    const lost = { channel, id: 'm99' };
    await expect(chat.update(lost, plainCard('x'))).rejects.toMatchObject({ reason: 'gone' });
    await expect(chat.post(channel, lost, plainCard('x'), 'op')).rejects.toMatchObject({ reason: 'gone' });
  });

  it('forgets the oldest threads and replies, with all that belongs to them', async () => {
    const first = await chat.post(channel, undefined, plainCard('1'), 'op1');
    await chat.post(channel, first, plainCard('1a'), 'op1a');
    for (const title of ['2', '3', '4']) await chat.post(channel, undefined, plainCard(title), `op${title}`);
    expect(await titles()).toEqual(['2', '3', '4']);
    expect(await chat.find(channel, undefined, 'op1a')).toBeUndefined();
    const last = await chat.find(channel, undefined, 'op4');
    if (last === undefined || last === 'unknown') throw new Error('op4 was just posted');
    for (const title of ['4a', '4b', '4c']) await chat.post(channel, last, plainCard(title), `op${title}`);
    expect(await titles()).toEqual(['2', '3', '4', '4b', '4c']);
    const keys = await redis.keys(`cutover:console:channel:${channel}:*`);
    expect(keys.filter((key) => key.includes(':message:'))).toHaveLength(5);
  });

  it('tells followers what was posted and really edited', async () => {
    const changes = await messageChanges(redis);
    const heard: string[] = [];
    const third = new Promise<void>((resolve) => {
      changes.subscribe((change) => {
        if (change.channel === channel) heard.push(change.id);
        if (heard.length === 3) resolve();
      });
    });
    const made = await chat.post(channel, undefined, plainCard('a'), 'op1');
    await chat.update(made, plainCard('b'));
    await chat.update(made, plainCard('b'));
    const next = await chat.post(channel, undefined, plainCard('c'), 'op2');
    await third;
    changes.close();
    expect(heard).toEqual([made.id, made.id, next.id]);
  });

  it('doubts a post whose answer came too late, and finds it afterwards', async () => {
    const hasty = new Redis(embedded.url, { commandTimeout: 200 });
    const late = consoleChat({ redis: hasty, clock: { now: () => 0 } });
    await once(hasty, 'ready');
    await redis.client('PAUSE', 60_000, 'WRITE');
    await expect(late.post(channel, undefined, plainCard('x'), 'op')).rejects.toMatchObject({
      name: 'ChatError',
      reason: 'doubtful',
    });
    await redis.client('UNPAUSE');
    await expect.poll(() => chat.find(channel, undefined, 'op')).toMatchObject({ channel });
    hasty.disconnect();
    expect(await titles()).toEqual(['x']);
  });

  it('calls Redis being away unavailable for an edit: repeating one does no harm', async () => {
    const away = new Redis({
      port: 1,
      lazyConnect: true,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    away.on('error', () => undefined);
    const lonely = consoleChat({ redis: away, clock: { now: () => 0 } });
    await expect(lonely.update({ channel, id: 'm1' }, plainCard('x'))).rejects.toMatchObject({
      name: 'ChatError',
      reason: 'unavailable',
    });
  });
});

describe('sessions in Redis', () => {
  it('are found by their secret id alone, which Redis does not hold', async () => {
    const sessions = redisSessions(redis);
    const id = await sessions.open('sha256:abc');
    expect(await sessions.find(id)).toBe('sha256:abc');
    expect((await redis.keys('*')).some((key) => key.includes(id))).toBe(false);
    await sessions.close(id);
    expect(await sessions.find(id)).toBeUndefined();
  });

  it('count wrong tokens for a minute', async () => {
    const sessions = redisSessions(redis);
    for (let guess = 0; guess < 10; guess += 1) await sessions.failed('192.0.2.1');
    expect(await sessions.mayTry('192.0.2.1')).toBe(false);
    expect(await sessions.mayTry('192.0.2.2')).toBe(true);
    expect(await redis.ttl('cutover:console:sign-in-failures:192.0.2.1')).toBeGreaterThan(0);
  });
});
