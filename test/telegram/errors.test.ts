import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { botApi } from '../../src/adapters/telegram/api.ts';
import { connections } from '../../src/adapters/telegram/connections.ts';
import { classify } from '../../src/adapters/telegram/errors.ts';
import { smallCard } from '../chat-contract/cards.ts';
import { failureOf } from '../chat-contract/contract.ts';
import type { Fault } from '../doubles/telegram/world.ts';
import { portForLater } from '../support/port.ts';
import { certificateFor } from '../world/servers.ts';
import { group, type Scene, telegramScene } from './scene.ts';

const said = (code: number, description: string): Fault => ({ kind: 'error', code, description });

/** The failure, what it means for a post, and what it means for an edit. */
const table: [Fault, string, string][] = [
  [{ kind: 'rate-limit', seconds: 30 }, 'rate-limited', 'rate-limited'],
  [said(400, 'Bad Request: chat not found'), 'closed', 'closed'],
  [said(403, 'Forbidden: bot was kicked from the supergroup chat'), 'closed', 'closed'],
  [said(400, 'Bad Request: not enough rights to send text messages to the chat'), 'closed', 'closed'],
  [said(400, 'Bad Request: message to edit not found'), 'gone', 'gone'],
  [said(400, "Bad Request: can't parse entities"), 'refused', 'refused'],
  [said(401, 'Unauthorized'), 'closed', 'closed'],
  [said(500, 'Internal Server Error: restart'), 'doubtful', 'unavailable'],
  [{ kind: 'http', status: 502 }, 'doubtful', 'unavailable'],
  [{ kind: 'http', status: 504 }, 'doubtful', 'unavailable'],
  [{ kind: 'cut' }, 'doubtful', 'unavailable'],
  [{ kind: 'lost-reply' }, 'doubtful', 'unavailable'],
];

describe('what Telegram’s failures mean', () => {
  let scene: Scene;
  let bot: Awaited<ReturnType<Scene['begin']>>;
  beforeAll(async () => {
    scene = await telegramScene();
    bot = await scene.begin();
  });
  afterAll(() => scene.stop());

  it.each(table)('%j', async (fault, posting, editing) => {
    const { chat } = bot.telegram;
    const post = () => chat.post(`${group}`, undefined, smallCard('words'), 'op');
    const ref = await post();
    scene.world.fail('sendMessage', fault);
    scene.world.fail('editMessageText', fault);
    const reasons = [await failureOf(post()), await failureOf(chat.update(ref, smallCard('new words')))];
    expect(reasons.map(({ reason }) => reason)).toEqual([posting, editing]);
  });
});

describe('a post to Telegram whose connection', () => {
  const stops: (() => void)[] = [];
  afterAll(() => {
    for (const stop of stops) stop();
  });

  /** A server that does this with each connection. */
  async function serve(take: (socket: Socket) => void, tls?: { key: string; cert: string }): Promise<number> {
    const held = new Set<Socket>();
    const taking = (socket: Socket) => {
      held.add(socket.on('error', () => undefined));
      take(socket);
    };
    const server = tls ? createTlsServer(tls, taking) : createServer(taking);
    server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    stops.push(() => {
      server.close();
      for (const socket of held) socket.destroy();
    });
    return (server.address() as AddressInfo).port;
  }
  const certificate = () => certificateFor(['127.0.0.1'], '2026-01-01', '2096-01-01');
  async function meaningOf(root: string, agent = connections(500)): Promise<string> {
    const api = botApi('1:token', root, agent);
    const sent = api('sendMessage', { chat_id: 1, text: 'words' });
    const error = await sent.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return classify('sendMessage', error, false).reason;
  }

  it.each<[string, () => Promise<string> | string]>([
    ['is refused', async () => `https://127.0.0.1:${await portForLater()}`],
    ['is refused, without TLS', async () => `http://127.0.0.1:${await portForLater()}`],
    ['has no address to go to', () => 'https://telegram.invalid'],
    ['is never answered', async () => `https://127.0.0.1:${await serve(() => undefined)}`],
    [
      'is cut in its TLS handshake',
      async () => `https://127.0.0.1:${await serve((socket) => socket.once('data', () => socket.destroy()))}`,
    ],
    [
      'ends at somebody who can not show to be Telegram',
      async () => `https://127.0.0.1:${await serve(() => undefined, await certificate())}`,
    ],
  ])('%s was surely not made', async (_, root) => {
    expect(await meaningOf(await root())).toBe('unavailable');
  });

  it('is cut once it stands may have been made', async () => {
    const own = await certificate();
    const port = await serve((socket) => socket.once('data', () => socket.destroy()), own);
    const agent = connections();
    agent.options.ca = own.cert;
    expect(await meaningOf(`https://127.0.0.1:${port}`, agent)).toBe('doubtful');
  });
});
