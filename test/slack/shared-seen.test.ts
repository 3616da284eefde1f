import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectPromptly } from '../../src/adapters/redis/connect.ts';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { createSeen } from '../../src/adapters/redis/seen.ts';
import { signedRequest } from '../doubles/slack/people.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/start.ts';
import { redisForTest } from '../support/redis.ts';
import { httpBot, recordingInbox } from './bot.ts';

const slash = (text: string, trigger_id: string) => ({
  team_id: 'T1',
  user_id: 'U1',
  channel_id: 'C1',
  command: '/rollout',
  text,
  trigger_id,
  response_url: 'http://127.0.0.1:9/none',
});

describe('two gateways on one Slack', () => {
  let redis: EmbeddedRedis;
  let double: SlackDouble;
  let client: ReturnType<typeof connectPromptly>;
  let bots: Awaited<ReturnType<typeof httpBot>>[];
  let inbox: ReturnType<typeof recordingInbox>;

  beforeAll(async () => {
    [redis, double] = await Promise.all([redisForTest(), startSlackDouble()]);
    client = connectPromptly(redis.url);
    await new Promise<void>((resolve) => client.once('ready', () => resolve()));
  });
  beforeEach(async () => {
    inbox = recordingInbox();
    bots = await Promise.all([0, 1].map(() => httpBot(double, { seen: createSeen(client) })));
    await Promise.all(bots.map(({ slack }) => slack.start(inbox.inbox)));
  });
  afterAll(async () => {
    client.disconnect();
    await Promise.all([redis.stop(), double.stop()]);
  });

  const send = async (bot: (typeof bots)[number] | undefined, request: ReturnType<typeof signedRequest>) =>
    (await fetch(bot?.url ?? '', { method: 'POST', ...request })).status;
  const signed = (text: string, trigger: string, at?: number) =>
    signedRequest(double.workspace.signingSecret, 'slash_commands', slash(text, trigger), at);
  const stop = () => Promise.all(bots.map((bot) => bot.stop()));
  const heard = () => inbox.heard.map(({ text }) => text);

  it('hear a delivery once that both get', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const answers = await Promise.all(
      bots.map((bot, index) => send(bot, signed('pause aether-1', 'both', now + index))),
    );
    await stop();
    expect(answers).toEqual([200, 200]);
    expect(heard()).toEqual(['pause aether-1']);
  });

  it('drop at one what was recorded at the other, also after a restart', async () => {
    const request = signed('pause aether-2', 'recorded');
    await send(bots[0], request);
    await send(bots[1], request);
    await stop();
    const said = bots.flatMap(({ log }) => log.said.map(({ message }) => message));
    expect(said).toContain('A replayed request from Slack was dropped');
    const restarted = await httpBot(double, { seen: createSeen(client) });
    await restarted.slack.start(inbox.inbox);
    await send(restarted, request);
    await restarted.stop();
    expect(heard()).toEqual(['pause aether-2']);
  });

  it('go by what they saw themselves while the shared memory is silent', async () => {
    await stop();
    const silent = { first: () => new Promise<boolean>(() => {}) };
    const alone = await httpBot(double, { seen: silent });
    await alone.slack.start(inbox.inbox);
    const request = signed('status', 'silent');
    expect([await send(alone, request), await send(alone, request)]).toEqual([200, 200]);
    await alone.stop();
    expect(heard()).toEqual(['status']);
  });
});
