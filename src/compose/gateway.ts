import { drawPng } from '../adapters/chart/draw.ts';
import { consoleChat } from '../adapters/console/chat.ts';
import { connectSlack } from '../adapters/slack/connect.ts';
import { createLookAhead } from '../commands/ahead.ts';
import { createInbox } from '../commands/inbox.ts';
import type { Inbox } from '../ports/chat.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { createIdentity, withLinkedAccounts } from './identity.ts';
import { watchRedis } from './outage.ts';
import { createOutbound } from './outbound.ts';
import { createPages } from './pages.ts';
import { slackDesk } from './slack-desk.ts';
import { telegramOf } from './telegram.ts';
import { viewOf } from './thread-view.ts';
import { createUnboundBoard } from './unbound.ts';
import { startWeb } from './web.ts';

export interface Gateway {
  /** Where the console and the API are. */
  url: string;
  /** Where it listens itself, whatever stands before it. */
  address: string;
  stop(): Promise<void>;
}

const unboundUnknown = 'Alerts that belong to no rollout can’t be told now; they are looked at again';

/** The side that people see: chat platforms, console, API. It has no rights on the world. */
export async function startGateway(parts: GatewayParts): Promise<Gateway> {
  const { config, store, catalogue, clock, log } = parts;
  const accounts = store.accounts(config.sandbox.on ? 'sandbox' : 'policy');
  await accounts.read();
  const linked = withLinkedAccounts(catalogue, accounts);
  const chat = consoleChat({ redis: store.prompt, clock });
  const slack =
    config.slack &&
    connectSlack({
      ...config.slack,
      drawPng,
      memory: store.memory,
      accountsOf: (person) => linked.policy().people[person]?.slack ?? [],
      seen: store.seen,
      clock,
      log,
      checked: true,
    });
  const telegram = telegramOf({ ...parts, catalogue: linked });
  const { troubles, repeats } = parts;
  const platforms = [...(slack ? [slack.chat] : []), ...(telegram ? [telegram.chat] : [])];
  const outage = watchRedis({ store, clock, log, repeats, troubles, chats: platforms });
  const pages = createPages(config);
  const unbound = createUnboundBoard({
    ...parts,
    policy: catalogue.policy,
    onError: (error) => repeats.say('warn', 'unbound alerts', { err: error }, unboundUnknown),
  });
  const commands = {
    ...catalogue,
    ...parts,
    rollouts: store.rollouts,
    alerts: store.alerts,
    unbound: unbound.reports,
    identity: createIdentity(accounts, platforms, log),
    urls: pages.rollout,
  };
  const inbox = timed(outage.guard(createInbox(commands)), parts);
  const outbound = createOutbound(parts);
  const web = await startWeb(parts, { chat, inbox, slack, telegram, outbound }).catch((error: unknown) => {
    outage.stop();
    throw error;
  });
  pages.listeningAt(web.url);
  const showing = await outbound.start([chat, ...platforms], viewOf(parts, pages, outage), unbound.boards);
  const stopUnbound = unbound.start(showing);
  const { policy } = linked;
  await slack?.start(inbox, slackDesk({ ...commands, policy, threads: store.promptThreads }));
  await telegram?.start(inbox, createLookAhead(commands));
  return {
    url: web.url,
    address: web.address,
    async stop() {
      outage.stop();
      await Promise.all([slack?.stop(), telegram?.stop()]);
      await web.close();
      stopUnbound();
      await showing.stop();
    },
  };
}

/** Measures how long people wait for an answer. */
function timed(inbox: Inbox, { clock, meters }: GatewayParts): Inbox {
  return async (message) => {
    const from = clock.now();
    const reply = await inbox(message);
    meters.commandAnswered(message.channel.platform, reply.ok, clock.now() - from);
    return reply;
  };
}
