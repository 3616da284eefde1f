import { join } from 'node:path';
import type { Log } from '../adapters/log.ts';
import { createMeters } from '../adapters/meters.ts';
import { type EmbeddedRedis, startEmbeddedRedis } from '../adapters/redis/embedded.ts';
import { secretSource } from '../adapters/secrets.ts';
import { redisAnswers } from '../adapters/web/health.ts';
import { createRecheck } from '../commands/recheck.ts';
import type { Config } from '../config/config.ts';
import { redactor } from '../core/redact.ts';
import type { RolloutStatus } from '../core/rollout/state.ts';
import { statusOf } from '../core/rollout/status.ts';
import { createPreview } from '../jobs/preview.ts';
import { systemClock } from '../ports/clock.ts';
import { stepKinds } from '../steps/registry.ts';
import { type Catalogue, loadCatalogue } from './catalogue.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { type RunningSandbox, startSandboxFor } from './sandbox.ts';
import { openStore, type Store } from './store.ts';
import { startWorker, type Worker } from './worker.ts';
import { createWorld } from './world.ts';

export interface AppParts {
  config: Config;
  log: Log;
  /** The values of secrets that are known so far; what steps read is added. */
  secrets: Set<string>;
  env: Readonly<Record<string, string | undefined>>;
  /** Told what is going on while a start takes longer than a moment. */
  onProgress?(message: string): void;
}

export interface App {
  /** Where the console is; absent on a process that is a worker only. */
  url?: string;
  catalogue: Catalogue;
  store: Store;
  sandbox?: RunningSandbox;
  /** Stops everything that was started, in the right order. */
  stop(): Promise<void>;
}

/** The one place where everything is made and put together. What was started is stopped again when a part fails. */
export async function startApp(parts: AppParts): Promise<App> {
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const part of started.splice(0).reverse())
      await part.stop().catch((error: unknown) => fault(parts, error));
  };
  try {
    return { ...(await build(parts, started)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function fault({ log }: AppParts, error: unknown): void {
  log.error({ err: error }, 'Something went wrong in the background');
}

async function build(parts: AppParts, started: { stop(): Promise<void> }[]): Promise<Omit<App, 'stop'>> {
  const { config, log, secrets, env } = parts;
  const onError = (error: unknown) => fault(parts, error);
  const [redis, sandbox] = await Promise.all([startRedis(parts, started), startSandboxPart(parts, started)]);
  const catalogue = await loadCatalogue(config, stepKinds, sandbox);
  const store = await openStore(redis?.url ?? config.redisUrl ?? '', systemClock, (error) =>
    log.warn({ err: error }, 'Redis is not answering'),
  );
  started.push({ stop: store.close });

  const named = secretSource({ ...dirOf(config), env, remember: (value) => secrets.add(value) });
  const secret = (name: string) => named.get(name);
  const world = createWorld({ env, policy: catalogue.policy, secret });
  const meters = createMeters(() => countRollouts(store));
  const clock = systemClock;
  const recheck = createRecheck({ ...catalogue, rollouts: store.patientRollouts, clock });

  let worker: Worker | undefined;
  if (config.role !== 'gateway') {
    worker = await startWorker({
      store,
      world,
      clock,
      redact: redactor(secrets),
      meters,
      recheck,
      secret,
      onError,
    });
    started.push(worker);
  }
  const preview = createPreview(stepKinds, world);
  const gateway = await startGatewayFor({ parts, store, catalogue, meters, preview, worker, sandbox });
  started.push(gateway);
  return { catalogue, store, url: gateway.url, ...(sandbox ? { sandbox } : {}) };
}

function startGatewayFor(made: {
  parts: AppParts;
  store: Store;
  catalogue: Catalogue;
  meters: ReturnType<typeof createMeters>;
  preview: ReturnType<typeof createPreview>;
  worker: Worker | undefined;
  sandbox: RunningSandbox | undefined;
}): Promise<Gateway> {
  const { parts, store, worker, sandbox } = made;
  const { config, log } = parts;
  const readiness = {
    Redis: redisAnswers(store.prompt),
    ...(worker
      ? { Workers: async () => (worker.workers.isRunning() ? undefined : 'The workers have stopped.') }
      : {}),
  };
  return startGateway({
    ...made,
    config,
    log,
    clock: systemClock,
    readiness,
    ...(sandbox ? { faults: sandbox.faults } : {}),
  });
}

async function startRedis(
  parts: AppParts,
  started: { stop(): Promise<void> }[],
): Promise<EmbeddedRedis | undefined> {
  const { config, onProgress } = parts;
  if (config.redisUrl !== undefined) return undefined;
  const redis = await startEmbeddedRedis({
    dir: join(config.dataDir, 'redis'),
    ...(onProgress ? { onProgress } : {}),
  });
  started.push(redis);
  return redis;
}

async function startSandboxPart(
  parts: AppParts,
  started: { stop(): Promise<void> }[],
): Promise<RunningSandbox | undefined> {
  const { config, log } = parts;
  if (!config.sandbox.on || config.role === 'gateway') return undefined;
  const sandbox = await startSandboxFor(config, (how) =>
    log.error({ how }, 'The sandbox has stopped by itself'),
  );
  started.push(sandbox);
  return sandbox;
}

function dirOf({ files }: Config): { dir?: string } {
  return files.secrets === undefined ? {} : { dir: files.secrets };
}

async function countRollouts({ rollouts }: Store): Promise<ReadonlyMap<RolloutStatus, number>> {
  const counts = new Map<RolloutStatus, number>();
  for (const { plan, state } of await rollouts.list({ active: true, limit: 1_000 })) {
    const status = statusOf(plan, state);
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return counts;
}
