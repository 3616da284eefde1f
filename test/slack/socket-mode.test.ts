import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Slack } from '../../src/adapters/slack/connect.ts';
import type { Card } from '../../src/core/card/card.ts';
import { smallCard } from '../chat-contract/cards.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/start.ts';
import type { StoredMessage } from '../doubles/slack/workspace.ts';
import { recordingInbox, socketBot } from './bot.ts';
import type { keptLog } from './quiet.ts';

const buttons: Card = {
  ...smallCard('aether-7 waits'),
  actions: [
    { label: 'Approve', command: 'approve aether-7 nonce=ab12', style: 'primary' },
    {
      label: 'Roll back',
      command: 'rollback aether-7',
      style: 'danger',
      confirm: { title: 'Roll back aether-7?', text: 'Puts back: hosts → blue.', ok: 'Roll back' },
      ask: 'reason',
    },
    { label: 'Extend', command: 'extend aether-7', ask: 'duration' },
  ],
  drawnAt: 12,
};

describe('Slack by Socket Mode', () => {
  let double: SlackDouble;
  let slack: Slack;
  let log: ReturnType<typeof keptLog>;
  let inbox: ReturnType<typeof recordingInbox>;

  beforeAll(async () => {
    double = await startSlackDouble();
    ({ slack, log } = await socketBot(double, (message) => inbox.inbox(message)));
    await double.workspace.until(() => double.sockets.connections() === 1, 'a connection');
  });
  afterAll(async () => {
    await slack.stop();
    await double.stop();
  });
  beforeEach(() => {
    inbox = recordingInbox();
    log.said.length = 0;
    double.workspace.errorsShown.length = 0;
    double.workspace.messages.length = 0;
    double.workspace.views.length = 0;
  });

  const answerTo = (user: string) =>
    double.workspace.until(() => double.workspace.privately(user).at(-1), `an answer to ${user}`);

  async function drawn(thread = false): Promise<StoredMessage> {
    const root = await slack.chat.post('C1', undefined, buttons, 'op-root');
    const ref = thread ? await slack.chat.post('C1', root, buttons, 'op-reply') : root;
    return double.workspace.until(() => double.workspace.visible('C1').find(({ ts }) => ts === ref.id));
  }

  it('hears a slash command, and answers the person alone', async () => {
    await double.people.type('U1', 'start green version=v2.4.0');
    expect((await answerTo('U1')).text).toBe('heard: start green version=v2.4.0');
    expect(inbox.heard).toEqual([
      {
        channel: { platform: 'slack', id: 'C1' },
        account: 'T1/U1',
        text: 'start green version=v2.4.0',
        isPrivate: true,
      },
    ]);
    expect(double.workspace.visible('C1')).toEqual([]);
  });

  it('acknowledges before the work is done', async () => {
    const release = inbox.hold();
    await double.people.type('U1', 'status');
    expect(double.workspace.errorsShown).toEqual([]);
    expect(double.workspace.privately('U1')).toEqual([]);
    release();
    expect((await answerTo('U1')).text).toBe('heard: status');
  });

  it('does what a button says, with the number that it was drawn at', async () => {
    await double.people.press('U2', await drawn(), 'Approve');
    await answerTo('U2');
    expect(inbox.heard).toEqual([
      {
        channel: { platform: 'slack', id: 'C1' },
        account: 'T1/U2',
        text: 'approve aether-7 nonce=ab12',
        press: { drawnAt: 12 },
        isPrivate: true,
      },
    ]);
  });

  it('answers a press in its thread', async () => {
    const reply = await drawn(true);
    await double.people.press('U2', reply, 'Approve');
    expect((await answerTo('U2')).thread_ts).toBe(reply.thread_ts);
  });

  it('tells people of other workspaces apart', async () => {
    await double.people.press('U2', await drawn(), 'Approve', { team: 'T9' });
    await answerTo('U2');
    expect(inbox.heard[0]?.account).toBe('T9/U2');
  });

  it('asks for a reason in a modal that also confirms, and hands it in with the command', async () => {
    await double.people.press('U3', await drawn(), 'Roll back');
    const { view } = await double.workspace.until(() => double.workspace.views.at(-1), 'a modal');
    expect(JSON.stringify(view)).toContain('Puts back: hosts → blue.');
    expect(inbox.heard).toEqual([]);
    await double.people.submit('U3', 'checkout errors\nafter the switch');
    await answerTo('U3');
    expect(inbox.heard[0]).toMatchObject({
      account: 'T1/U3',
      text: 'rollback aether-7 checkout errors\nafter the switch',
      press: { drawnAt: 12 },
    });
  });

  it('says how to type it when the modal does not open', async () => {
    double.workspace.fail('views.open', { kind: 'error', code: 'expired_trigger_id' });
    await double.people.press('U3', await drawn(), 'Extend');
    expect((await answerTo('U3')).text).toContain('type `/rollout extend aether-7 &lt;duration&gt;`');
    expect(inbox.heard).toEqual([]);
  });

  it('hears and answers once what is delivered three times', async () => {
    await double.people.type('U1', 'status aether-7', { times: 3 });
    await double.people.press('U1', await drawn(), 'Approve', { times: 3 });
    await double.people.press('U1', await drawn(), 'Extend');
    await double.workspace.until(() => double.workspace.views.length > 0, 'a modal');
    await double.people.submit('U1', '30m', { times: 3 });
    await double.workspace.until(
      () => inbox.heard.length >= 3 && double.workspace.privately('U1').length >= 3,
    );
    await slack.chat.post('C1', undefined, smallCard('a last message'), 'op-last');
    expect(inbox.heard.map(({ text }) => text)).toEqual([
      'status aether-7',
      'approve aether-7 nonce=ab12',
      'extend aether-7 30m',
    ]);
    expect(double.workspace.privately('U1').length).toBe(3);
    expect(double.workspace.errorsShown).toEqual([]);
  });

  it('lets buttons of a private answer be pressed', async () => {
    inbox.answerWith(({ text }) => (text === 'start green' ? buttons : smallCard(`heard: ${text}`)));
    await double.people.type('U1', 'start green');
    await double.people.press('U1', await answerTo('U1'), 'Approve');
    await double.workspace.until(() => double.workspace.privately('U1').length === 2);
    expect(inbox.heard[1]?.text).toBe('approve aether-7 nonce=ab12');
  });

  it('answers by another way when the response_url is used up', async () => {
    double.workspace.fail('response_url', { kind: 'http', status: 404 });
    await double.people.type('U1', 'help');
    expect((await answerTo('U1')).text).toBe('heard: help');
    expect(double.workspace.callsOf('chat.postEphemeral').length).toBeGreaterThan(0);
  });

  it('drops buttons that are not its own', async () => {
    const message = await drawn();
    const foreign = JSON.parse(
      JSON.stringify(message).replaceAll('{\\"c\\"', '{\\"foreign\\"'),
    ) as StoredMessage;
    await double.people.press('U1', foreign, 'Approve');
    await slack.chat.post('C1', undefined, smallCard('after the press'), 'op-after');
    expect(inbox.heard).toEqual([]);
    expect(log.said.map(({ message }) => message)).toContain('A delivery from Slack was not understood');
  });

  it('survives a fault behind the inbox', async () => {
    inbox.answerWith(() => {
      throw new Error('a fault');
    });
    await double.people.type('U1', 'status');
    inbox.answerWith(({ text }) => smallCard(`heard: ${text}`));
    await double.people.type('U2', 'list');
    expect((await answerTo('U2')).text).toBe('heard: list');
    expect(log.said.map(({ message }) => message)).toContain('A delivery from Slack failed');
  });

  it('comes back at once when Slack recycles the connection', async () => {
    const before = double.sockets.greeted();
    double.sockets.refresh();
    const from = Date.now();
    await double.workspace.until(() => double.sockets.greeted() > before, 'a new connection');
    expect(Date.now() - from).toBeLessThan(2_000);
    await double.people.type('U1', 'whoami');
    expect((await answerTo('U1')).text).toBe('heard: whoami');
    expect(double.sockets.connections()).toBe(1);
  });

  it('comes back when the connection is cut, without a word', async () => {
    const before = double.sockets.greeted();
    double.sockets.drop();
    await double.workspace.until(() => double.sockets.greeted() > before, 'a new connection');
    await double.people.type('U1', 'whoami');
    expect((await answerTo('U1')).text).toBe('heard: whoami');
  });
});

describe('a token that Slack refuses', () => {
  it('is said at the start', async () => {
    const double = await startSlackDouble();
    double.workspace.fail('auth.test', { kind: 'error', code: 'invalid_auth' });
    await expect(socketBot(double, recordingInbox().inbox)).rejects.toThrow('Check SLACK_BOT_TOKEN');
    await double.stop();
  });

  it('for Socket Mode, is tried again and logged, and ends nothing', async () => {
    const double = await startSlackDouble();
    const { slack, log } = await socketBot(double, recordingInbox().inbox, { appToken: 'xapp-wrong' });
    await double.workspace.until(
      () => double.workspace.callsOf('apps.connections.open').length >= 2,
      'two tries',
    );
    expect(slack.connected()).toBe(false);
    expect(log.said.map(({ message }) => message)).toContain('Slack could not be connected; trying again');
    await slack.stop();
    await double.stop();
  });

  it('does not matter while Slack is away', async () => {
    const double = await startSlackDouble();
    double.workspace.fail('auth.test', { kind: 'http', status: 503 });
    double.workspace.fail('apps.connections.open', { kind: 'cut' });
    const { slack } = await socketBot(double, recordingInbox().inbox);
    await double.workspace.until(() => double.sockets.connections() === 1, 'a connection at last');
    await slack.stop();
    await double.stop();
  });
});
