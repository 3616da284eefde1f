import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from '../../src/commands/parse.ts';
import { smallCard } from '../chat-contract/cards.ts';
import type { People } from '../doubles/slack/people.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/start.ts';
import { httpBot, recordingInbox, socketBot } from './bot.ts';

const button = {
  ...smallCard('aether-7'),
  actions: [{ label: 'Done', command: 'done aether-7 migrate', ask: 'evidence' as const }],
};
const pause = { ...smallCard('aether-7'), actions: [{ label: 'Pause', command: 'pause aether-7' }] };

describe.each(['Socket Mode', 'HTTP'] as const)('who somebody is, by %s', (mode) => {
  let double: SlackDouble;
  let people: People;
  let inbox: ReturnType<typeof recordingInbox>;
  let stop: () => Promise<void>;
  let post: (card: typeof pause | typeof button) => Promise<unknown>;

  beforeAll(async () => {
    double = await startSlackDouble();
    const heard: typeof inbox.inbox = (message) => inbox.inbox(message);
    if (mode === 'HTTP') {
      const bot = await httpBot(double);
      await bot.slack.start(heard);
      [people, stop] = [double.peopleBy(bot.url), bot.stop];
      post = (card) => bot.slack.chat.post('C1', undefined, card, 'op');
    } else {
      const { slack } = await socketBot(double, heard);
      await double.workspace.until(() => double.sockets.connections() === 1, 'a connection');
      [people, stop] = [double.people, slack.stop];
      post = (card) => slack.chat.post('C1', undefined, card, 'op');
    }
  });
  afterAll(async () => {
    await stop();
    await double.stop();
  });
  beforeEach(() => {
    inbox = recordingInbox();
    delete double.workspace.enterprise;
    double.workspace.messages.length = 0;
    double.workspace.views.length = 0;
  });

  const heard = () => double.workspace.until(() => inbox.heard[0], 'what was said');
  async function message(card: typeof pause | typeof button = pause) {
    await post(card);
    return double.workspace.until(() => double.workspace.visible('C1').at(-1), 'a message');
  }

  it('is the team and the user', async () => {
    await people.press('U2', await message(), 'Pause');
    expect(await heard()).toMatchObject({ account: 'T1/U2', isPrivate: true });
    expect((await heard()).aliases).toBeUndefined();
  });

  it('is the team that they come from, with Slack Connect, and never the organisation of ours', async () => {
    double.workspace.enterprise = 'E1';
    await people.press('U2', await message(), 'Pause', { team: 'T9' });
    expect((await heard()).account).toBe('T9/U2');
    expect((await heard()).aliases).toBeUndefined();
  });

  it('is also the organisation and the user, in an Enterprise Grid', async () => {
    double.workspace.enterprise = 'E1';
    await people.type('W2', 'status');
    expect(await heard()).toMatchObject({ account: 'T1/W2', aliases: ['E1/W2'] });
    inbox.heard.length = 0;
    await people.press('W2', await message(), 'Pause');
    expect(await heard()).toMatchObject({ account: 'T1/W2', aliases: ['E1/W2'] });
  });

  it('stays the same through a window; what is written there keeps its lines and its signs', async () => {
    double.workspace.enterprise = 'E1';
    await people.press('U3', await message(button), 'Done');
    await double.workspace.until(() => double.workspace.openView('U3'), 'a window');
    await people.submit('U3', ' \n ');
    expect(Object.values(double.workspace.openView('U3')?.errors ?? {})).toEqual([
      'Say how you know that it is done.',
    ]);
    await people.submit('U3', 'a < b && c\r\n<!channel> &amp; "quoted"\n');
    expect(await heard()).toMatchObject({
      account: 'T1/U3',
      aliases: ['E1/U3'],
      text: 'done aether-7 migrate a &lt; b &amp;&amp; c\n&lt;!channel&gt; &amp;amp; "quoted"',
    });
    const parsed = parse((await heard()).text);
    const evidence = 'a < b && c\n<!channel> &amp; "quoted"';
    expect('command' in parsed && parsed.command).toMatchObject({ name: 'done', evidence });
    expect(double.workspace.errorsShown).toEqual([]);
  });
});
