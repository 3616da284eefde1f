import type { Log } from '../adapters/log.ts';
import { createMeters } from '../adapters/meters.ts';
import type { Config } from '../config/config.ts';
import type { RolloutStatus } from '../core/rollout/state.ts';
import { statusOf } from '../core/rollout/status.ts';
import { systemClock } from '../ports/clock.ts';
import { alertmanagerPath } from './alerts.ts';
import type { Catalogue } from './catalogue.ts';
import { type Ground, prepareGround } from './ground.ts';
import { startGroups } from './groups.ts';
import { createRepeats, type Repeats } from './repeats.ts';
import { type RunningSandbox, withAlertToken } from './sandbox.ts';
import { secretsOf } from './secrets.ts';
import { inBackground, type Made, openDoors, showHealth, startWorkerFor } from './sides.ts';
import { openStore, type Store } from './store.ts';
import { createTroubles } from './troubles.ts';
import { createWorld, type RealWorld } from './world.ts';

export interface AppParts {
  config: Config;
  log: Log;
  /** The values of secrets that are known so far; what steps read is added. */
  secrets: Set<string>;
  env: Readonly<Record<string, string | undefined>>;
  /** Told what is going on while a start takes longer than a moment. */
  onProgress?(message: string): void;
}

/** What has to be stopped again, in the order in which it was started. */
export type Started = { stop(grace: number): Promise<void> }[];

export interface App {
  /** Where the console is; on a worker, where its health is. */
  url: string;
  catalogue: Catalogue;
  store: Store;
  sandbox?: RunningSandbox;
  /**
   * Stops everything that was started, in the right order. Steps under way get `grace` milliseconds to end (absent:
   * SHUTDOWN_GRACE); their rollouts are then left to other workers, or to the next start.
   */
  stop(grace?: number): Promise<void>;
  /** Ends the programs that steps run, at once; for a process that has no time left. */
  abandon(): void;
}

/**
 * The one place where everything is made and put together. What was started is stopped again when a part fails;
 * faults that a person can mend come together, as an `AggregateError` of sentences.
 */
export async function startApp(parts: AppParts): Promise<App> {
  const started: Started = [];
  const stop = async (grace = parts.config.shutdownGrace): Promise<void> => {
    for (const part of started.splice(0).reverse())
      await part.stop(grace).catch((error: unknown) => fault(parts, error));
  };
  try {
    return { ...(await build(withAlertToken(parts), started)), stop };
  } catch (error) {
    await stop(0);
    throw error;
  }
}

function fault({ log }: AppParts, error: unknown): void {
  log.error({ err: error }, inBackground);
}

async function build(parts: AppParts, started: Started): Promise<Omit<App, 'stop'>> {
  const { config } = parts;
  const troubles = createTroubles();
  const sandboxDied = () => troubles.set('sandbox', systemClock.now());
  const prepared = await prepareGround(parts, started, sandboxDied);
  const repeats = createRepeats({ clock: systemClock, log: parts.log });
  started.push({ stop: async () => repeats.stop() });
  const store = await openStoreFor(repeats, prepared, started);
  const groups = await startGroups(config, prepared.catalogue, store, parts.log);
  started.push(groups);
  const ground = { ...prepared, catalogue: groups.catalogue };
  const { catalogue, sandbox } = ground;
  const world = worldFor(parts, catalogue);
  const made: Made = {
    parts,
    ground,
    store,
    world,
    troubles,
    repeats,
    meters: createMeters(() => countRollouts(store)),
  };
  const worker = config.role === 'gateway' ? undefined : await startWorkerFor(made);
  if (worker) started.push(worker);
  const front = config.role === 'worker' ? await showHealth(made, worker) : await openDoors(made, worker);
  started.push(front);
  const { alerts } = config;
  if (alerts?.token !== undefined)
    sandbox?.alertTo({
      webhook: `${front.address}${alertmanagerPath}`,
      token: alerts.token,
      console: front.url,
    });
  const abandon = () => world.processes.killAll();
  return { catalogue, store, url: front.url, abandon, ...(sandbox ? { sandbox } : {}) };
}

async function openStoreFor(repeats: Repeats, { redisUrl }: Ground, started: Started): Promise<Store> {
  const store = await openStore(redisUrl, systemClock, (error) =>
    repeats.say('warn', 'redis', { err: error }, 'Redis is not answering'),
  );
  started.push({ stop: store.close });
  return store;
}

function worldFor(parts: AppParts, { policy }: Catalogue): RealWorld {
  const { config, env, log } = parts;
  return createWorld({
    env,
    policy,
    acts: config.role !== 'gateway',
    secret: secretsOf(parts),
    onWarning: (warning) => log.warn({ warning }, 'Prometheus remarks on an answer'),
  });
}

async function countRollouts({ rollouts }: Store): Promise<ReadonlyMap<RolloutStatus, number>> {
  const counts = new Map<RolloutStatus, number>();
  for (const { plan, state } of await rollouts.list({ active: true, limit: 1_000 })) {
    const status = statusOf(plan, state);
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return counts;
}
