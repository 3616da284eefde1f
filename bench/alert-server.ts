import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readAlertmanager } from '../src/adapters/alerts/alertmanager.ts';
import { createMeters } from '../src/adapters/meters.ts';
import { alertDoor } from '../src/adapters/web/alert-doors.ts';
import { alertWebhooks } from '../src/adapters/web/alerts.ts';
import { same } from '../src/adapters/web/credentials.ts';
import { createWebServer } from '../src/adapters/web/server.ts';
import { openStore, type Store } from '../src/compose/store.ts';
import { sha256 } from '../src/core/json.ts';
import { systemClock } from '../src/ports/clock.ts';

/** What of the bot takes alerts, or the least that could take them; says where it listens, and what memory it took. */
async function main([kind, redisUrl = '', token = '']: string[]): Promise<void> {
  const store = await openStore(redisUrl, systemClock, (error) => console.error(error));
  const port = kind === 'ours' ? await ours(store, token) : await bare(store, token, kind === 'bare-each');
  process.on('disconnect', () => process.exit());
  process.on('message', () => process.send?.({ peak: process.resourceUsage().maxRSS * 1_024 }));
  process.send?.({ port });
}

async function ours(store: Store, token: string): Promise<number> {
  const meters = createMeters(async () => new Map());
  const webhooks = alertWebhooks({
    entries: [
      {
        path: '/webhooks/alertmanager',
        source: 'alertmanager',
        mayEnter: alertDoor({ token }),
        read: readAlertmanager,
      },
    ],
    alerts: store.alerts,
    onTold: meters.alertsTold,
    onAnswered: meters.deliveryAnswered,
    onTrouble: (_source, message, error) => console.error(message, error),
  });
  const server = await createWebServer({
    rollouts: store.rollouts,
    log: console,
    access: {
      sessions: {
        lifetime: 0,
        open: async () => '',
        find: async () => undefined,
        close: async () => undefined,
        mayTry: async () => false,
        failed: async () => undefined,
      },
      token: undefined,
      sandbox: false,
      loopback: true,
      people: () => [],
    },
    readiness: {},
    registry: meters.registry,
    drawSvg: async () => '',
    open: [webhooks],
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  return (server.server.address() as AddressInfo).port;
}

/** Checks the same token, and appends the body to a stream: unread, or each of its alerts by itself. */
async function bare({ prompt }: Store, token: string, each: boolean): Promise<number> {
  const expected = sha256(`Bearer ${token}`);
  const server = createServer(async (request, response) => {
    if (!same(sha256(request.headers.authorization ?? ''), expected)) {
      response.writeHead(401).end();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    await (each ? appendEach(prompt, body) : prompt.xadd('bench:bare', '*', 'body', body));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function appendEach(redis: Store['prompt'], body: Buffer): Promise<void> {
  const { alerts } = JSON.parse(body.toString()) as { alerts: object[] };
  const pipeline = redis.pipeline();
  for (const alert of alerts) pipeline.xadd('bench:bare-each', '*', 'alert', JSON.stringify(alert));
  await pipeline.exec();
}

await main(process.argv.slice(2));
