import { drawPng, drawSvg } from '../adapters/chart/draw.ts';
import { readPage } from '../adapters/console/assets.ts';
import { messageChanges } from '../adapters/console/changes.ts';
import { type ConsoleChat, consoleChat } from '../adapters/console/chat.ts';
import type { ConsoleChannel, Faults } from '../adapters/console/context.ts';
import { messageEvents } from '../adapters/console/message-events.ts';
import { consolePage } from '../adapters/console/page.ts';
import { consoleRoutes } from '../adapters/console/routes.ts';
import { type SandboxPages, sandboxPages } from '../adapters/console/sandbox-pages.ts';
import type { Log } from '../adapters/log.ts';
import type { Meters } from '../adapters/meters.ts';
import { connectSlack, type Slack, slackEventsPath } from '../adapters/slack/connect.ts';
import type { Telegram } from '../adapters/telegram/connect.ts';
import type { ReadinessCheck } from '../adapters/web/health.ts';
import { listenAt } from '../adapters/web/listen.ts';
import { rawRoute } from '../adapters/web/raw.ts';
import { createWebServer } from '../adapters/web/server.ts';
import { redisSessions } from '../adapters/web/sessions.ts';
import { commandNames, grammar, usageOf } from '../commands/grammar.ts';
import { createInbox } from '../commands/inbox.ts';
import { type Config, present } from '../config/config.ts';
import type { ThreadView } from '../core/card/card.ts';
import { type ThreadNotes, withNotes } from '../core/card/notes.ts';
import { cardSeenFrom } from '../core/card/seen-from.ts';
import { threadOf } from '../core/card/thread.ts';
import { threadIn } from '../core/card/thread-in.ts';
import type { PeopleWithRoles } from '../core/card/words.ts';
import { peopleFor, rolesOf } from '../core/policy/policy.ts';
import type { Redact } from '../core/redact.ts';
import { withLiveTail } from '../jobs/live-tail.ts';
import type { Preview } from '../jobs/preview.ts';
import type { Inbox } from '../ports/chat.ts';
import type { Clock } from '../ports/clock.ts';
import type { Rollout } from '../ports/rollouts.ts';
import type { ConsolePerson } from '../ports/viewer.ts';
import { alertsIn } from './alerts.ts';
import type { Catalogue } from './catalogue.ts';
import { createIdentity, withLinkedAccounts } from './identity.ts';
import { type OutageWatch, watchRedis } from './outage.ts';
import { createOutbound, type Outbound } from './outbound.ts';
import { createPages, type Pages } from './pages.ts';
import type { Repeats } from './repeats.ts';
import { slackDesk } from './slack-desk.ts';
import type { Store } from './store.ts';
import { telegramOf } from './telegram.ts';
import type { Troubles } from './troubles.ts';
import { createUnboundBoard } from './unbound.ts';

export interface GatewayParts {
  config: Config;
  store: Store;
  catalogue: Catalogue;
  clock: Clock;
  log: Log;
  meters: Meters;
  preview: Preview;
  readiness: Record<string, ReadinessCheck>;
  /** What the page warns of. */
  troubles: Troubles;
  repeats: Repeats;
  redact: Redact;
  /** In the sandbox. */
  faults?: Faults;
  sandboxPages?: SandboxPages;
}

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
  await telegram?.start(inbox);
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

/** How a rollout's thread should stand. */
function viewOf({ store, catalogue, clock }: GatewayParts, pages: Pages, outage: OutageWatch) {
  const people: PeopleWithRoles = (roles, ids) => peopleFor(catalogue.policy())(roles, ids);
  return async (rollout: Rollout, channel: string): Promise<ThreadView> => {
    const { plan, state } = rollout;
    outage.saw(rollout);
    const links = [{ label: 'Details', href: pages.rollout(state.id) }];
    const view = threadIn(channel, plan, state, people, clock.now(), links);
    return withLiveTail(rollout, view, store.patientRollouts.tail);
  };
}

interface Doors {
  chat: ConsoleChat;
  inbox: Inbox;
  slack: Slack | undefined;
  telegram: Telegram | undefined;
  outbound: Outbound;
}

async function startWeb(parts: GatewayParts, { chat, inbox, slack, telegram, outbound }: Doors) {
  const { config, store, catalogue, log, meters, readiness, faults, sandboxPages: ofSandbox } = parts;
  const page = await readPage();
  const messages = await messageChanges(store.patient);
  const people = () => consolePeople(catalogue);
  const server = await createWebServer({
    rollouts: store.rollouts,
    log,
    access: {
      sessions: redisSessions(store.prompt),
      token: config.web.consoleToken,
      sandbox: config.sandbox.on,
      loopback: config.web.loopback,
      ...(config.web.publicUrl === undefined ? {} : { publicUrl: config.web.publicUrl }),
      people,
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
    guarded: [
      (gate) =>
        consoleRoutes({
          chat,
          inbox,
          rollouts: store.rollouts,
          viewerOf: gate.viewerOf,
          people: () => people().map(({ person }) => person),
          channels: () => consoleChannels(catalogue),
          vocabulary: () => vocabulary(catalogue),
          rootCard: (rollout) => rootCardOf(parts, rollout, outbound.notesOn(rollout)),
          drawSvg,
          ...(faults ? { faults } : {}),
        }),
      ...(ofSandbox ? [() => sandboxPages(ofSandbox, drawSvg)] : []),
    ],
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

/** The root card as the console shows it beside the thread, with where else it can't be seen. */
function rootCardOf(
  { catalogue, clock }: GatewayParts,
  { plan, state }: Rollout,
  closed: ThreadNotes['closed'],
) {
  const people: PeopleWithRoles = (roles, ids) => peopleFor(catalogue.policy())(roles, ids);
  const root = cardSeenFrom('console', threadOf(plan, state, people, clock.now()).root);
  return withNotes(root, { uncertain: 0, closed });
}

function consolePeople({ policy }: Catalogue): { person: ConsolePerson; tokenDigest?: string }[] {
  return Object.entries(policy().people).map(([id, { name, console: tokenDigest }]) => ({
    person: { id, name, roles: rolesOf(policy(), id) },
    ...(tokenDigest === undefined ? {} : { tokenDigest }),
  }));
}

/** The console's rooms; a policy without any gets one. */
function consoleChannels({ policy }: Catalogue): ConsoleChannel[] {
  const rooms = Object.entries(policy().channels).flatMap(([name, { environment, playbook }]) =>
    name.startsWith('console:')
      ? [{ id: name.slice('console:'.length), ...present({ environment, playbook }) }]
      : [],
  );
  return rooms.length > 0 ? rooms : [{ id: 'rollouts' }];
}

function vocabulary({ playbooks }: Catalogue) {
  return {
    commands: commandNames.map((word) => ({ word, usage: usageOf(word), help: grammar[word].help })),
    playbooks: [...playbooks().values()].map(({ name, targets }) => ({ name, targets })),
  };
}
