import { drawSvg } from '../adapters/chart/draw.ts';
import { readPage } from '../adapters/console/assets.ts';
import { messageChanges } from '../adapters/console/changes.ts';
import type { ConsoleChat } from '../adapters/console/chat.ts';
import { messageEvents } from '../adapters/console/message-events.ts';
import { consolePage } from '../adapters/console/page.ts';
import { tellingAway } from '../adapters/redis/away.ts';
import { type Slack, slackEventsPath } from '../adapters/slack/connect.ts';
import type { Telegram } from '../adapters/telegram/connect.ts';
import { listenAt } from '../adapters/web/listen.ts';
import { rawRoute } from '../adapters/web/raw.ts';
import { createWebServer } from '../adapters/web/server.ts';
import { redisSessions } from '../adapters/web/sessions.ts';
import type { Inbox } from '../ports/chat.ts';
import { alertsIn } from './alerts.ts';
import { consoleDoors, consolePeople } from './console.ts';
import type { GatewayParts } from './gateway-parts.ts';
import type { Outbound } from './outbound.ts';

/** What comes in over HTTP, and who takes it. */
interface Doors {
  chat: ConsoleChat;
  inbox: Inbox;
  slack: Slack | undefined;
  telegram: Telegram | undefined;
  outbound: Outbound;
}

/** The web server of a gateway, listening: console, API, webhooks, health. */
export async function startWeb(parts: GatewayParts, doors: Doors) {
  const { config, store, catalogue, log, meters, readiness } = parts;
  const { slack, telegram, outbound } = doors;
  const page = await readPage();
  const messages = await messageChanges(store.patient);
  const server = await createWebServer({
    rollouts: store.rollouts,
    log,
    access: {
      sessions: tellingAway(redisSessions(store.prompt)),
      token: config.web.consoleToken,
      sandbox: config.sandbox.on,
      loopback: config.web.loopback,
      ...(config.web.publicUrl === undefined ? {} : { publicUrl: config.web.publicUrl }),
      people: () => consolePeople(catalogue),
    },
    readiness,
    remarks: outbound.remarks,
    registry: meters.registry,
    drawSvg,
    timezone: () => catalogue.policy().timezone,
    sources: [messageEvents(messages), parts.troubles.source],
    scripts: [page.importMapSource],
    open: [
      consolePage(page),
      ...alertsIn(parts),
      ...(slack?.listener ? [rawRoute(slackEventsPath, slack.listener)] : []),
      ...(telegram?.webhook ? [rawRoute(telegram.webhook.path, telegram.webhook.listener)] : []),
    ],
    guarded: consoleDoors(parts, doors),
  });
  const address = await listenAt(server, config.web);
  return {
    url: config.web.publicUrl ?? address,
    address,
    async close() {
      messages.close();
      await server.close();
    },
  };
}
