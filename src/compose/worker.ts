import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { startWorkers, type Workers } from '../adapters/bullmq/queues.ts';
import type { Meters } from '../adapters/meters.ts';
import { monitorInputSchema } from '../core/monitor/input.ts';
import type { Policy } from '../core/policy/schema.ts';
import { type Redact, redactJson } from '../core/redact.ts';
import type { Fact } from '../core/rollout/event.ts';
import { createAdvance } from '../jobs/advance.ts';
import { createArchiving } from '../jobs/archiving.ts';
import { createLaunch, type Recheck } from '../jobs/launch.ts';
import { createLook, type Watch } from '../jobs/look.ts';
import { createPerform } from '../jobs/perform.ts';
import { createSumUp } from '../jobs/sum-up.ts';
import { startSweeper } from '../jobs/sweep.ts';
import { createTakeBack } from '../jobs/take-back.ts';
import type { Clock } from '../ports/clock.ts';
import type { World } from '../ports/world.ts';
import { stepKinds } from '../steps/registry.ts';
import { look as lookOnce } from '../steps/watching/look.ts';
import { startDesk } from './desk.ts';
import { startSilencing, watchSilenced } from './silences.ts';
import type { Store } from './store.ts';

export interface WorkerParts {
  store: Store;
  world: World;
  clock: Clock;
  redact: Redact;
  meters: Meters;
  recheck: Recheck;
  policy(): Policy;
  /** For environments that name no Alertmanager of their own. */
  alertmanagerUrl?: string;
  secret(name: string): Promise<string | undefined>;
  onError(error: unknown): void;
  /** Called when the time of a stop is over and steps are still at work; it cuts them off. */
  onLate?(): Promise<void>;
}

export interface Worker {
  workers: Workers;
  /**
   * Takes nothing new, lets the steps that are at work end, and leaves their rollouts to other workers. Steps that
   * take longer than `grace` (milliseconds) are cut off as by a crash: whoever goes on looks what became of them.
   */
  stop(grace?: number): Promise<void>;
}

/** So many rollouts are carried on at once by one process; nearly all of their time is waiting for the world. */
const concurrency = 1_000;

/** Milliseconds that steps get at a stop. */
const usualGrace = 20_000;

/** The side that acts: workers for the wake-up jobs, and the sweeper. */
export async function startWorker(parts: WorkerParts): Promise<Worker> {
  const { store, clock, world } = parts;
  let cutOff = false;
  const onError = (error: unknown) => {
    if (!cutOff) parts.onError(error);
  };
  const { journals } = store;
  const steps = {
    kinds: stepKinds,
    journals,
    rollouts: store.patientRollouts,
    world,
    clock,
    timezone: () => parts.policy().timezone,
    newNonce: randomUUID,
    secret: parts.secret,
    redact: (fact: Fact) => redactJson(fact, parts.redact) as Fact,
  };
  const watch: Watch = async (input, kept, connections, signal) =>
    lookOnce(monitorInputSchema.parse(input), kept, { world, connections, now: clock.now(), signal });
  const advance = createAdvance({
    journals,
    clock,
    onChange: store.onChange,
    perform: createPerform({ ...steps, onOutcome: parts.meters.stepEnded }),
    takeBack: createTakeBack(steps),
    launch: createLaunch(parts.recheck),
    look: createLook({ journals, clock, watch, onError }),
    sumUp: createSumUp({ journals, clock, onError }),
  });
  const workers = startWorkers(store.connect(), advance, {
    concurrency,
    onError,
  });
  const stopSweeping = startSweeper({ journals, waker: store.waker, clock, onError });
  const silencing = startSilencing({ ...parts, fetch: world.fetch, onError });
  const silenced = watchSilenced({ ...parts, fetch: world.fetch, onError });
  const archiving = createArchiving({
    rollouts: store.patientRollouts,
    turns: store.turns,
    clock,
    world,
    timezone: () => parts.policy().timezone,
    pause: (time, signal) => pause(time, undefined, { signal }),
    onError,
  });
  const closeDesk = startDesk({
    store,
    clock,
    policy: parts.policy,
    redact: parts.redact,
    onRead(rollout) {
      silencing.note(rollout);
      silenced.note(rollout);
      archiving.note(rollout);
    },
    onError,
  });
  await workers.ready();
  return {
    workers,
    async stop(grace = usualGrace) {
      stopSweeping();
      if (
        await within(
          grace,
          Promise.all([closeDesk(), silencing.stop(), silenced.stop(), archiving.stop(), workers.close()]),
        )
      )
        return;
      cutOff = true;
      await parts.onLate?.();
    },
  };
}

/** Whether something ends in so many milliseconds. */
async function within(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const late = pause(milliseconds, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    timer.abort();
    work.catch(() => undefined);
  }
}
