import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/start.ts';

const text = (words: string) => ({ type: 'section', text: { type: 'mrkdwn', text: words } });
const button = (extra: object = {}) => ({
  type: 'button',
  action_id: 'a',
  text: { type: 'plain_text', text: 'Go' },
  ...extra,
});

describe('the double of Slack refuses what Slack refuses', () => {
  let double: SlackDouble;
  beforeAll(async () => {
    double = await startSlackDouble();
  });
  afterAll(() => double.stop());

  async function call(method: string, args: Record<string, unknown>, token = double.workspace.botToken) {
    const fields = Object.entries(args).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    const answer = await fetch(`${double.apiUrl}${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: new URLSearchParams(Object.fromEntries(fields)),
    });
    return (await answer.json()) as {
      ok: boolean;
      error?: string;
      ts?: string;
      messages?: object[];
      url?: string;
    };
  }
  const post = (args: object, token?: string) =>
    call('chat.postMessage', { channel: 'C1', text: 'words', ...args }, token);

  it.each([
    ['a foreign token', { token: 'xoxb-other' }, {}, 'invalid_auth'],
    ['no token', { token: '' }, {}, 'not_authed'],
    ['an unknown channel', {}, { channel: 'C404' }, 'channel_not_found'],
    ['an unknown thread', {}, { thread_ts: '1.1' }, 'thread_not_found'],
    ['nothing to say', {}, { text: '' }, 'no_text'],
    ['too long a text', {}, { text: 'x'.repeat(40_001) }, 'msg_too_long'],
    ['an unknown argument', {}, { colour: 'red' }, 'invalid_arguments'],
    ['51 blocks', {}, { blocks: Array(51).fill(text('x')) }, 'invalid_blocks'],
    ['3,001 characters in a section', {}, { blocks: [text('x'.repeat(3_001))] }, 'invalid_blocks'],
    ['an empty section', {}, { blocks: [text('')] }, 'invalid_blocks'],
    [
      '13,201 characters in all',
      {},
      { blocks: Array(5).fill(text('x'.repeat(2_641))) },
      'msg_blocks_too_long',
    ],
    ['an unknown block', {}, { blocks: [{ type: 'table' }] }, 'invalid_blocks'],
    ['an unknown field', {}, { blocks: [{ ...text('x'), colour: 'red' }] }, 'invalid_blocks'],
    ['bare angle brackets', {}, { blocks: [text('a < b')] }, 'invalid_blocks'],
    [
      'a value of 2,001 characters',
      {},
      { blocks: [{ type: 'actions', elements: [button({ value: 'x'.repeat(2_001) })] }] },
      'invalid_blocks',
    ],
    [
      'two buttons of one name',
      {},
      { blocks: [{ type: 'actions', elements: [button(), button()] }] },
      'invalid_blocks',
    ],
  ])('%s', async (_, { token }: { token?: string }, args, error) => {
    expect(await post(args, token)).toMatchObject({ ok: false, error });
  });

  it('shows metadata only when it is asked for', async () => {
    await post({ metadata: { event_type: 'cutover', event_payload: { operation: 'op' } } });
    const [plain, full] = [
      await call('conversations.history', { channel: 'C1' }),
      await call('conversations.history', { channel: 'C1', include_all_metadata: 'true' }),
    ];
    expect(JSON.stringify(plain.messages)).not.toContain('"op"');
    expect(JSON.stringify(full.messages)).toContain('"op"');
  });

  it('opens one modal for a trigger', async () => {
    const trigger_id = double.workspace.newTrigger('U1');
    const view = {
      type: 'modal',
      callback_id: 'x',
      title: { type: 'plain_text', text: 'Title' },
      blocks: [text('words')],
    };
    expect((await call('views.open', { trigger_id, view })).ok).toBe(true);
    expect(await call('views.open', { trigger_id, view })).toMatchObject({ error: 'exchanged_trigger_id' });
  });

  it('shows people an error when nobody acknowledges, or nobody listens', async () => {
    await double.people.type('U1', 'status');
    expect(double.workspace.errorsShown).toEqual(['slash_commands: operation_timeout']);
    const { url } = await call('apps.connections.open', {}, double.workspace.appToken);
    const socket = new WebSocket(url ?? '');
    await double.workspace.until(() => double.sockets.connections() === 1);
    await double.people.type('U1', 'status');
    expect(double.workspace.errorsShown.length).toBe(2);
    socket.close();
    await double.workspace.until(() => double.sockets.connections() === 0);
  });

  it('takes a ticket once', async () => {
    const { url } = await call('apps.connections.open', {}, double.workspace.appToken);
    const first = new WebSocket(url ?? '');
    await double.workspace.until(() => double.sockets.connections() === 1);
    const second = new WebSocket(url ?? '');
    await new Promise((resolve) => second.once('error', resolve));
    first.close();
    await double.workspace.until(() => double.sockets.connections() === 0);
    expect(double.sockets.connections()).toBe(0);
  });

  it('takes ten connections, and no eleventh', async () => {
    const connect = async () => {
      const { url } = await call('apps.connections.open', {}, double.workspace.appToken);
      return new WebSocket(url ?? '');
    };
    const ten = await Promise.all(Array.from({ length: 10 }, connect));
    await double.workspace.until(() => double.sockets.connections() === 10);
    const eleventh = await connect();
    await new Promise((resolve) => eleventh.once('error', resolve));
    expect(double.sockets.connections()).toBe(10);
    for (const socket of ten) socket.close();
    await double.workspace.until(() => double.sockets.connections() === 0);
  });

  it('asks to slow down, and does nothing', async () => {
    const before = double.workspace.messages.length;
    double.workspace.fail('chat.postMessage', { kind: 'rate-limit', seconds: 7 });
    const answer = await fetch(`${double.apiUrl}chat.postMessage`, { method: 'POST' });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7']);
    expect(double.workspace.messages.length).toBe(before);
  });

  it('loses the answer to what it did, or cuts the connection and does nothing', async () => {
    const before = double.workspace.messages.length;
    double.workspace.fail('chat.postMessage', { kind: 'cut' });
    await expect(post({})).rejects.toThrow('fetch failed');
    expect(double.workspace.messages.length).toBe(before);
    double.workspace.fail('chat.postMessage', { kind: 'lost-reply' });
    await expect(post({})).rejects.toThrow('fetch failed');
    expect(double.workspace.messages.length).toBe(before + 1);
  });

  it('takes five private answers to a command, and no sixth', async () => {
    const { url } = await call('apps.connections.open', {}, double.workspace.appToken);
    const socket = new WebSocket(url ?? '');
    const answers: number[] = [];
    socket.on('message', async (data) => {
      const { envelope_id, payload } = JSON.parse(String(data)) as {
        envelope_id?: string;
        payload?: { response_url: string };
      };
      if (payload === undefined) return;
      socket.send(JSON.stringify({ envelope_id }));
      for (let use = 0; use < 6; use += 1) {
        const body = JSON.stringify({ text: `answer ${use}` });
        answers.push((await fetch(payload.response_url, { method: 'POST', body })).status);
      }
      double.workspace.changed();
    });
    await double.workspace.until(() => double.sockets.connections() === 1);
    await double.people.type('U1', 'status');
    await double.workspace.until(() => answers.length === 6);
    expect(answers).toEqual([200, 200, 200, 200, 200, 404]);
    socket.close();
    await double.workspace.until(() => double.sockets.connections() === 0);
  });
});
