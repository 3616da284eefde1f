import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallCard } from '../chat-contract/cards.ts';
import { signedRequest } from '../doubles/slack/people.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/start.ts';
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

describe('Slack by HTTP', () => {
  let double: SlackDouble;
  let bot: Awaited<ReturnType<typeof httpBot>>;
  const inbox = recordingInbox();

  beforeAll(async () => {
    double = await startSlackDouble();
    bot = await httpBot(double);
  });
  afterAll(async () => {
    await bot.stop();
    await double.stop();
  });

  const send = async ({ body, headers }: { body: string; headers: Record<string, string> }) =>
    (await fetch(bot.url, { method: 'POST', body, headers })).status;
  const secret = () => double.workspace.signingSecret;
  const texts = () => inbox.heard.map(({ text }) => text);

  it('asks Slack to come again before it listens', async () => {
    expect(await send(signedRequest(secret(), 'slash_commands', slash('too early', 't0')))).toBe(503);
    await bot.slack.start(inbox.inbox);
    expect(texts()).toEqual([]);
  });

  it('hears a signed command, and answers the person alone', async () => {
    await double.peopleBy(bot.url).type('U1', 'status aether-7');
    const answer = await double.workspace.until(() => double.workspace.privately('U1').at(-1));
    expect(answer.text).toBe('heard: status aether-7');
    expect(double.workspace.errorsShown).toEqual([]);
  });

  it('hears a signed press, and once what is redelivered', async () => {
    const card = { ...smallCard('aether-7'), actions: [{ label: 'Pause', command: 'pause aether-7' }] };
    await bot.slack.chat.post('C1', undefined, card, 'op');
    const message = await double.workspace.until(() => double.workspace.visible('C1').at(-1));
    await double.peopleBy(bot.url).press('U2', message, 'Pause', { times: 3 });
    await double.workspace.until(() => double.workspace.privately('U2').at(-1));
    expect(texts().filter((text) => text === 'pause aether-7').length).toBe(1);
  });

  it.each([
    ['a wrong secret', () => signedRequest('another secret', 'slash_commands', slash('forged', 't1'))],
    [
      'an old timestamp',
      () => signedRequest(secret(), 'slash_commands', slash('old', 't2'), secondsAgo(301)),
    ],
    [
      'a changed body',
      () => {
        const { body, headers } = signedRequest(secret(), 'slash_commands', slash('harmless', 't3'));
        return { body: body.replace('harmless', 'rollback'), headers };
      },
    ],
    [
      'no signature',
      () => {
        const { body, headers } = signedRequest(secret(), 'slash_commands', slash('unsigned', 't4'));
        const { 'x-slack-signature': _, ...rest } = headers;
        return { body, headers: rest };
      },
    ],
  ])('refuses %s', async (_, request) => {
    const before = texts().length;
    expect(await send(request())).toBe(401);
    expect(texts().length).toBe(before);
  });

  it('drops a replayed request inside the five minutes', async () => {
    const request = signedRequest(secret(), 'slash_commands', slash('pause aether-9', 't5'), secondsAgo(20));
    await send(request);
    await send(request);
    await bot.slack.chat.post('C1', undefined, smallCard('after the replay'), 'op-2');
    expect(texts().filter((text) => text === 'pause aether-9').length).toBe(1);
    expect(bot.log.said.map(({ message }) => message)).toContain('A replayed request from Slack was dropped');
  });
});

function secondsAgo(seconds: number): number {
  return Math.floor(Date.now() / 1_000) - seconds;
}
