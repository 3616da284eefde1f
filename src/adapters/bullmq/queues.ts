import { type Job, Queue, type QueueOptions, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Waker } from '../../ports/wake.ts';
import { answerUrgentCalls, callUrgently } from './urgent.ts';

/** A wake-up: a rollout's id and nothing more. */
const wakeUpSchema = z.strictObject({ v: z.literal(1), rollout: z.string().min(1) });

const names = { ordinary: 'cutover-rollouts', urgent: 'cutover-rollbacks' } as const;
type Lane = keyof typeof names;

/**
 * A worker that dies is noticed within these times, again and again; BullMQ's defaults take a minute, and give a
 * job up for good at the second death. A wake-up that is lost is made up for by the sweeper anyway.
 */
const survival = { lockDuration: 5_000, stalledInterval: 2_000, maxStalledCount: Number.MAX_SAFE_INTEGER };

const options = (connection: Redis): QueueOptions => ({
  connection,
  prefix: 'cutover:bull',
  defaultJobOptions: { removeOnComplete: true, removeOnFail: { count: 100 }, attempts: 1 },
});

/** The sending side. `redis` should fail fast: a wake-up that can't be sent is the sweeper's to make up for. */
export function createWaker(redis: Redis): Waker & { queues: Queue[]; close(): Promise<void> } {
  const queues = {
    ordinary: new Queue(names.ordinary, options(redis)),
    urgent: new Queue(names.urgent, options(redis)),
  };
  for (const queue of Object.values(queues)) queue.on('error', () => undefined);
  return {
    queues: Object.values(queues),
    async wake(id, { urgent = false } = {}) {
      const lane: Lane = urgent ? 'urgent' : 'ordinary';
      const heard = urgent && (await callUrgently(redis, id).catch(() => false));
      if (!heard) await queues[lane].add('wake', { v: 1, rollout: id }).catch(() => undefined);
    },
    async close() {
      await Promise.all(Object.values(queues).map((queue) => queue.close()));
    },
  };
}

export interface Workers {
  /** Resolves when both lanes take jobs. */
  ready(): Promise<void>;
  isRunning(): boolean;
  /** Takes no new jobs, tells those under way to begin nothing more, and waits for them. */
  close(): Promise<void>;
}

/** The receiving side: ordinary workers, others that only rollbacks use, and an ear for urgent calls. */
export function startWorkers(
  redis: Redis,
  advance: (id: string, stopping: AbortSignal) => Promise<void>,
  { concurrency, onError }: { concurrency: number; onError(error: Error): void },
): Workers {
  const stopping = new AbortController();
  const carryOn = (job: Job): Promise<void> => advance(wakeUpSchema.parse(job.data).rollout, stopping.signal);
  const lanes = [
    { name: names.ordinary, concurrency },
    { name: names.urgent, concurrency: Math.max(10, Math.ceil(concurrency / 4)) },
  ];
  const workers = lanes.map((lane) => {
    const worker = new Worker(lane.name, carryOn, {
      connection: redis,
      prefix: 'cutover:bull',
      concurrency: lane.concurrency,
      ...survival,
    });
    worker.on('error', onError);
    worker.on('failed', (_job, error) => onError(error));
    return worker;
  });
  const urgent = answerUrgentCalls(redis, (id) => advance(id, stopping.signal), onError);
  return {
    ready: async () => void (await Promise.all(workers.map((worker) => worker.waitUntilReady()))),
    isRunning: () => workers.every((worker) => worker.isRunning()),
    async close() {
      stopping.abort();
      await Promise.all([urgent, ...workers].map((part) => part.close()));
    },
  };
}
