import type { Meters } from '../adapters/meters.ts';
import { redisAnswers } from '../adapters/web/health.ts';
import { createHealthServer } from '../adapters/web/health-server.ts';
import { listenAt } from '../adapters/web/listen.ts';
import { createRecheck } from '../commands/recheck.ts';
import { present } from '../config/config.ts';
import { redactor } from '../core/redact.ts';
import { createPreview } from '../jobs/preview.ts';
import { systemClock } from '../ports/clock.ts';
import { stepKinds } from '../steps/registry.ts';
import type { AppParts } from './app.ts';
import { type Gateway, startGateway } from './gateway.ts';
import type { Ground } from './ground.ts';
import { kindOf, type Repeats } from './repeats.ts';
import { secretsOf } from './secrets.ts';
import type { Store } from './store.ts';
import type { Troubles } from './troubles.ts';
import { startWorker, type Worker } from './worker.ts';
import type { RealWorld } from './world.ts';

export const inBackground = 'Something went wrong in the background';

/** What is made once and shared by the sides of a process. */
export interface Made {
  parts: AppParts;
  ground: Ground;
  store: Store;
  world: RealWorld;
  meters: Meters;
  troubles: Troubles;
  repeats: Repeats;
}

/** The side that acts on the world. */
export function startWorkerFor({ parts, ground, store, world, meters, repeats }: Made): Promise<Worker> {
  return startWorker({
    store,
    world,
    clock: systemClock,
    redact: redactor(parts.secrets),
    meters,
    recheck: createRecheck({ ...ground.catalogue, rollouts: store.patientRollouts, clock: systemClock }),
    policy: ground.catalogue.policy,
    ...present({ alertmanagerUrl: parts.config.alertmanagerUrl }),
    secret: secretsOf(parts),
    onError: (error) => repeats.say('error', kindOf(error), { err: error }, inBackground),
    async onLate() {
      parts.log.warn(
        'Steps were still at work at the stop; what became of them is looked at when it goes on',
      );
      await store.close();
      world.processes.killAll();
    },
  });
}

function readinessOf(store: Store, worker: Worker | undefined) {
  return {
    Redis: redisAnswers(store.prompt),
    ...(worker
      ? { Workers: async () => (worker.workers.isRunning() ? undefined : 'The workers have stopped.') }
      : {}),
  };
}

/** A worker shows its health and nothing else. */
export async function showHealth(
  { parts, store, meters }: Made,
  worker: Worker | undefined,
): Promise<Gateway> {
  const { config, log } = parts;
  const readiness = readinessOf(store, worker);
  const server = await createHealthServer({ readiness, registry: meters.registry, log });
  const url = await listenAt(server, config.web);
  return { url, address: url, stop: () => server.close() };
}

/** Chats, console and API. */
export function openDoors(
  { parts, ground, store, world, meters, troubles, repeats }: Made,
  worker: Worker | undefined,
): Promise<Gateway> {
  const { catalogue, sandbox } = ground;
  const { config, log } = parts;
  return startGateway({
    config,
    log,
    store,
    catalogue,
    meters,
    troubles,
    repeats,
    clock: systemClock,
    redact: redactor(parts.secrets),
    preview: createPreview(stepKinds, world),
    readiness: readinessOf(store, worker),
    ...(sandbox ? { faults: sandbox.faults, sandboxPages: sandbox.pages } : {}),
  });
}
