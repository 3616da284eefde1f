import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { createWaker } from '../adapters/bullmq/queues.ts';
import { createAccounts } from '../adapters/redis/accounts.ts';
import { createAlerts } from '../adapters/redis/alerts.ts';
import { createAllowance } from '../adapters/redis/allowance.ts';
import { createAppender } from '../adapters/redis/appender.ts';
import { tellingAway } from '../adapters/redis/away.ts';
import { listenForAlerts, listenForChanges } from '../adapters/redis/changes.ts';
import { connectPatiently, connectPromptly, isReady } from '../adapters/redis/connect.ts';
import { createDeliveries } from '../adapters/redis/deliveries.ts';
import { createKeptGroups } from '../adapters/redis/groups.ts';
import { createJournals } from '../adapters/redis/journals.ts';
import { createMemory, createTurns } from '../adapters/redis/memory.ts';
import { createReader } from '../adapters/redis/reader.ts';
import { createRollouts } from '../adapters/redis/rollouts.ts';
import { createRooms } from '../adapters/redis/rooms.ts';
import { scriptsOf } from '../adapters/redis/scripts.ts';
import { createSeen } from '../adapters/redis/seen.ts';
import { createThreads } from '../adapters/redis/threads.ts';
import type { Clock } from '../ports/clock.ts';

/** A lease lasts so long: the rollout of a killed worker is taken up by another after this, and not before. */
export const leaseTime = 3_000;

export type Store = Awaited<ReturnType<typeof openStore>>;

/**
 * Everything that is kept in Redis, once its connections stand. `patient` is for work that must go on and waits
 * through an outage; `prompt` is for answering people and fails at once. Rejects when Redis can't be reached at all.
 */
export async function openStore(url: string, clock: Clock, onError: (error: Error) => void) {
  const connections: Redis[] = [];
  const opened = (redis: Redis): Redis => {
    redis.on('error', onError);
    connections.push(redis);
    return redis;
  };
  const patient = opened(connectPatiently(url));
  const prompt = opened(connectPromptly(url));
  /** A storm of alerts keeps nobody waiting on a connection of its own. */
  const storm = opened(connectPromptly(url));
  await patient.ping();
  await Promise.all([prompt, storm].map(isReady));

  const side = (redis: Redis) => {
    const scripts = scriptsOf(redis);
    const reader = createReader(redis);
    return { redis, scripts, reader, append: createAppender(redis, scripts, reader, clock) };
  };
  const [work, people, senders] = [side(patient), side(prompt), side(storm)];
  const subscriber = opened(connectPatiently(url));
  const [onChange, onAlert] = await Promise.all([listenForChanges(subscriber), listenForAlerts(subscriber)]);
  const waker = createWaker(prompt);
  return {
    patient,
    prompt,
    waker,
    onChange,
    /** For people: rejects at once with `StoreAway` when Redis is away. */
    rollouts: tellingAway(createRollouts({ ...people, waker, onChange })),
    /** Who is who over the platforms; for people, too. */
    accounts: (of: 'policy' | 'sandbox') => tellingAway(createAccounts({ ...people, clock, of })),
    /** For work: waits through an outage. */
    patientRollouts: createRollouts({ ...work, waker, onChange }),
    /** For senders: rejects at once with `StoreAway` when Redis is away, so that they keep the alert and come again. */
    alerts: tellingAway(createAlerts({ ...senders, clock, onChange: onAlert })),
    patientAlerts: createAlerts({ ...work, clock, onChange: onAlert }),
    journals: createJournals({ ...work, owner: randomUUID(), leaseTime }),
    /** What was taken already, by any process. */
    seen: createSeen(prompt),
    /** What chat adapters keep, and whose turn it is to do what; fails at once when Redis is away. */
    memory: createMemory(prompt),
    turns: createTurns(prompt, people.scripts, randomUUID),
    deliveries: (kind: string) => createDeliveries(prompt, people.scripts, kind, randomUUID),
    /** Who is in the user groups that the policy names. */
    groups: createKeptGroups(prompt),
    threads: createThreads({ redis: patient, scripts: work.scripts, newNonce: randomUUID, clock }),
    /** To look a thread up for somebody who waits. */
    promptThreads: tellingAway(
      createThreads({ redis: prompt, scripts: people.scripts, newNonce: randomUUID, clock }),
    ),
    rooms: createRooms(patient),
    allowance: createAllowance(work.scripts),
    /** Another connection for a blocking reader. */
    connect: () => opened(connectPatiently(url)),
    /** Repeating it is harmless. */
    async close() {
      await waker.close();
      for (const connection of connections.splice(0)) connection.disconnect();
    },
  };
}
