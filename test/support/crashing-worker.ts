import { randomUUID } from 'node:crypto';
import { flushCompileCache } from 'node:module';
import { sandboxPolicy } from '../../sandbox/environment.ts';
import { consoleChat } from '../../src/adapters/console/chat.ts';
import { linkCodes } from '../../src/adapters/link-codes.ts';
import { createLog } from '../../src/adapters/log.ts';
import { createMeters } from '../../src/adapters/meters.ts';
import { createAppender } from '../../src/adapters/redis/appender.ts';
import { createJournals } from '../../src/adapters/redis/journals.ts';
import { createReader } from '../../src/adapters/redis/reader.ts';
import { scriptsOf } from '../../src/adapters/redis/scripts.ts';
import type { EnvironmentConfig } from '../../src/commands/call.ts';
import { createInbox } from '../../src/commands/inbox.ts';
import { createRecheck } from '../../src/commands/recheck.ts';
import { openStore, type Store } from '../../src/compose/store.ts';
import { startWorker } from '../../src/compose/worker.ts';
import { createWorld } from '../../src/compose/world.ts';
import type { Telling } from '../../src/core/alerts/notice.ts';
import { plainText } from '../../src/core/card/plain-text.ts';
import { threadOf } from '../../src/core/card/thread.ts';
import { peopleWith } from '../../src/core/policy/policy.ts';
import { redactor } from '../../src/core/redact.ts';
import { createClosures } from '../../src/jobs/outbound/closures.ts';
import { createEnsure } from '../../src/jobs/outbound/ensure.ts';
import { createPace } from '../../src/jobs/outbound/pace.ts';
import { startShowing } from '../../src/jobs/outbound/show.ts';
import { createPreview } from '../../src/jobs/preview.ts';
import type { Alerts } from '../../src/ports/alerts.ts';
import type { Inbox } from '../../src/ports/chat.ts';
import { systemClock as clock } from '../../src/ports/clock.ts';
import { stepKinds } from '../../src/steps/registry.ts';
import { createPoints } from './crashing-points.ts';
import { type News, type Order, orderSchema, type Setup } from './crashing-setup.ts';
import { alertsWith, chatWith, deskWith, journalsWith, rolloutsWith, worldWith } from './crashing-wraps.ts';

/**
 * A whole bot without its web server, put together as the composition root does it, in a process of its own: worker,
 * thread projection and inbox. It counts the points that it passes, and ends itself at one of them when it is told to.
 */
const points = createPoints();
const policy = () => sandboxPolicy;
let inbox: Inbox | undefined;
let alerts: Alerts | undefined;

process.on('message', (message) => void obey(orderSchema.parse(message)));
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => undefined);
tell({ is: 'loaded' });
setImmediate(flushCompileCache);

function tell(news: News): void {
  if (process.connected) process.send?.(news, () => undefined);
}

function fault(error: unknown): void {
  tell({ is: 'fault', what: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

async function obey(order: Order): Promise<void> {
  switch (order.do) {
    case 'start':
      inbox = await start(order.setup);
      return tell({ is: 'ready' });
    case 'arm':
      points.arm(order.strike);
      return tell({ is: 'armed' });
    case 'points':
      return tell({ is: 'points', points: points.passed() });
    case 'say':
      return answer(order);
    case 'tell': {
      const told = await alerts?.accept(order.tellings as Telling[]).catch(fault);
      return tell({ is: 'reply', turn: order.turn, ok: told !== undefined, said: '' });
    }
  }
}

async function answer({ turn, account, text }: Extract<Order, { do: 'say' }>): Promise<void> {
  const channel = { platform: 'console', id: 'rollouts' } as const;
  const reply = await inbox?.({ channel, account, text });
  tell({
    is: 'reply',
    turn,
    ok: reply?.ok ?? false,
    said: reply ? [plainText(reply.card)].flat().join('\n') : 'not started',
  });
}

async function start(setup: Setup): Promise<Inbox> {
  const store = withLease(await openStore(setup.redisUrl, clock, () => undefined), setup.leaseTime);
  alerts = alertsWith(points, store.alerts);
  const secret = async () => undefined;
  const world = worldWith(points, createWorld({ env: {}, policy, secret }));
  const meters = createMeters(async () => new Map());
  const recheck = createRecheck({ policy, clock, rollouts: store.patientRollouts });
  const log = createLog({ level: 'silent', secrets: [] });
  const redact = redactor([]);
  const parts = { store, world, clock, meters, recheck, policy, secret, log, redact, onError: fault };
  await startWorker(parts);
  show(store);
  return createInbox({
    rollouts: rolloutsWith(points, store.rollouts),
    policy,
    playbooks: () => new Map([[setup.playbook.name, setup.playbook]]),
    environments: () => new Map<string, EnvironmentConfig>(Object.entries(setup.environments)),
    clock,
    identity: { accounts: store.accounts('policy'), codes: linkCodes, tell: async () => false },
    alerts: store.alerts,
    unbound: () => [],
    redact,
    preview: createPreview(stepKinds, world),
    log: { error: (fields, message) => fault(new Error(message, { cause: fields })) },
  });
}

function withLease(store: Store, leaseTime: number): Store {
  const redis = store.patient;
  const scripts = scriptsOf(redis);
  const reader = createReader(redis);
  const append = createAppender(redis, scripts, reader, clock);
  const journals = createJournals({ redis, scripts, reader, append, owner: randomUUID(), leaseTime });
  return {
    ...store,
    journals: journalsWith(points, journals),
    patientRollouts: deskWith(points, store.patientRollouts),
    patientAlerts: alertsWith(points, store.patientAlerts),
  };
}

function show(store: Store): void {
  const { threads, patientRollouts: rollouts } = store;
  const chats = new Map([['console', chatWith(points, consoleChat({ redis: store.prompt, clock }))]]);
  const people = (roles: readonly string[]) => peopleWith(policy(), roles);
  const { allowance, rooms } = store;
  startShowing({
    threads,
    rollouts,
    clock,
    ensuring: createEnsure({
      ...{ threads, rollouts, chats },
      view: async ({ plan, state }) => threadOf(plan, state, people, clock.now()),
      newNonce: randomUUID,
    }),
    pace: createPace({ allowance, clock, limitsOf: () => [] }),
    closures: createClosures({ rooms, clock, onClosed: fault, onOpened: () => undefined }),
    chats,
    onVisit: (_thread, error) => error !== undefined && fault(error),
  });
}
