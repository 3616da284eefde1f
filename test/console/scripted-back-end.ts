import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { readPage } from '../../src/adapters/console/assets.ts';
import { messageChanges } from '../../src/adapters/console/changes.ts';
import { consoleChat } from '../../src/adapters/console/chat.ts';
import { messageEvents } from '../../src/adapters/console/message-events.ts';
import { consolePage } from '../../src/adapters/console/page.ts';
import { type ConsoleDeps, consoleRoutes } from '../../src/adapters/console/routes.ts';
import { createWebServer } from '../../src/adapters/web/server.ts';
import { redisSessions } from '../../src/adapters/web/sessions.ts';
import type { Chart } from '../../src/core/rollout/event.ts';
import type { Incoming, Reply } from '../../src/ports/chat.ts';
import { redisForTest } from '../support/redis.ts';
import { waitingRollouts } from '../web/rollouts-fixture.ts';
import { people } from '../web/serve.ts';
import { plainCard, rootCards } from './cards.ts';

/** A picture with the chart's title, drawn at once. */
async function drawSvg(chart: Chart): Promise<string> {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 240"><rect width="640" height="240" fill="#888" opacity=".15"/><text x="20" y="40" font-size="20" fill="#888">${chart.title}</text></svg>`;
}

export interface Scripted {
  access?: { token?: string; sandbox?: boolean };
  port?: number;
  drawSvg?: (chart: Chart) => Promise<string>;
}

/** The console's real server, chat and page over a real Redis; only the inbox is scripted and remembers what came. */
export async function scriptedBackEnd(options: Scripted = {}) {
  const embedded = await redisForTest();
  const redis = new Redis(embedded.url);
  const changes = await messageChanges(redis);
  const chat = consoleChat({ redis, clock: { now: () => Date.now() } });
  const { rollouts } = waitingRollouts();
  const received: Incoming[] = [];
  const faults: string[] = [];
  let answer: (incoming: Incoming) => Reply = ({ text }) => ({
    ok: true,
    card: plainCard(`Understood: ${text}`),
  });
  const page = await readPage();
  const draw = options.drawSvg ?? drawSvg;

  const routes: Omit<ConsoleDeps, 'viewerOf'> = {
    chat,
    inbox: async (incoming) => {
      received.push(incoming);
      return answer(incoming);
    },
    rollouts,
    people: () => people.map(({ person }) => person),
    channels: () => [{ id: 'rollouts', environment: 'sandbox', playbook: 'sandbox' }, { id: 'quiet' }],
    vocabulary: () => ({
      commands: [
        { word: 'start', usage: 'start <playbook|target> [name=value …]', help: 'Starts a rollout.' },
        { word: 'status', usage: 'status [id]', help: 'Where a rollout stands.' },
        { word: 'rollback', usage: 'rollback [id] <reason>', help: 'Restores what was captured.' },
      ],
      playbooks: [{ name: 'sandbox', targets: ['blue', 'green'] }],
    }),
    rootCard: () => rootCards.waiting,
    drawSvg: draw,
    faults: {
      choices: [
        { id: 'errors', label: 'Errors on green' },
        { id: 'slow', label: 'Slow green' },
        { id: 'crash', label: 'Crash green' },
        { id: 'no-data', label: 'No data' },
        { id: 'clear', label: 'Clear faults' },
      ],
      apply: async (id) => {
        faults.push(id);
        return 'Green answers every third request with an error.';
      },
    },
  };

  async function listen(port: number) {
    const server = await createWebServer({
      rollouts,
      log: { error: (details, message) => console.error(message, details) },
      access: {
        sessions: redisSessions(redis),
        token: options.access?.token,
        sandbox: options.access?.sandbox ?? true,
        loopback: true,
        people: () => people,
      },
      readiness: {},
      registry: new Registry(),
      drawSvg: draw,
      sources: [messageEvents(changes)],
      scripts: [page.importMapSource],
      open: [consolePage(page)],
      guarded: [(gate) => consoleRoutes({ ...routes, viewerOf: gate.viewerOf })],
    });
    await server.listen({ host: '127.0.0.1', port });
    return server;
  }

  let server = await listen(options.port ?? 0);
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    chat,
    rollouts,
    received,
    faults,
    answerWith(next: typeof answer) {
      answer = next;
    },
    /** Takes the server away, and brings it back on the same port. */
    goAway: () => server.close(),
    async comeBack() {
      server = await listen(port);
    },
    async stop() {
      await server.close();
      changes.close();
      redis.disconnect();
      await embedded.stop();
    },
  };
}
