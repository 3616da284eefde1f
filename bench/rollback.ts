import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { linkCodes } from '../src/adapters/link-codes.ts';
import { createAccounts } from '../src/adapters/redis/accounts.ts';
import { scriptsOf } from '../src/adapters/redis/scripts.ts';
import { createInbox } from '../src/commands/inbox.ts';
import { checkPolicy } from '../src/core/policy/load.ts';
import { systemClock } from '../src/ports/clock.ts';
import { stepKinds } from '../src/steps/registry.ts';
import { type Engine, planOf, start, startEngine, until } from '../test/support/engine.ts';
import { done, kind } from '../test/support/kinds.ts';
import { type Figure, limited, ratio } from './figure.ts';
import { median, quantile } from './measure.ts';

const presses = 60;
const crowd = 100;

/** From the press of Roll back to the first switch request at the router, idle and in a crowd of running rollouts. */
export async function rollbackPress(url: string): Promise<Figure[]> {
  const router = await startRouter();
  const busy = kind('busy', async () => {
    await pause(200 + Math.random() * 100);
    return done();
  });
  const engine = await startEngine(url, { kinds: [...stepKinds.values(), busy] });
  const inbox = inboxOf(engine);
  const press = async (): Promise<number> => {
    const id = await switched(engine, router.url);
    const arrived = router.next();
    const from = performance.now();
    const reply = await inbox({
      channel: { platform: 'console', id: 'bench' },
      account: 'alice',
      text: `rollback ${id} bench`,
    });
    if (!reply.ok) throw new Error('the rollback was refused');
    const at = await arrived;
    await until(engine, id, 'rolled-back');
    return at - from;
  };
  const bull = await addToStart(url);
  const idle: number[] = [];
  const peer: number[] = [];
  for (let n = 0; n < presses; n += 1) {
    idle.push(await press());
    peer.push(await bull.once());
  }
  await startCrowd(engine);
  const crowded: number[] = [];
  for (let n = 0; n < 2 * presses; n += 1) crowded.push(await press());
  await bull.close();
  await engine.stop();
  router.close();
  return [
    ratio(
      'Rollback press to the first switch request, idle (p50)',
      median(idle.slice(10)),
      { name: 'peer: bare BullMQ add to start', value: median(peer.slice(10)) },
      4,
    ),
    limited(
      `The same while ${crowd} rollouts run (p99)`,
      quantile(crowded, 0.99),
      50,
      `p50 ${median(crowded).toFixed(2)} ms`,
    ),
  ];
}

async function startRouter() {
  let arrived: ((at: number) => void) | undefined;
  const server = createServer((request, response) => {
    if (request.method === 'PUT') arrived?.(performance.now());
    response.setHeader('content-type', 'application/json').end('{"api":"blue"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hosts`,
    next: () =>
      new Promise<number>((resolve) => {
        arrived = resolve;
      }),
    close: () => server.close(),
  };
}

function inboxOf(engine: Engine) {
  const loaded = checkPolicy({
    people: { alice: { name: 'Alice' } },
    roles: { engineer: ['alice'] },
    environments: { bench: { start: ['engineer'], rollback: ['engineer'] } },
  });
  if ('problems' in loaded) throw new Error(loaded.problems.join('; '));
  return createInbox({
    rollouts: engine.rollouts,
    policy: () => loaded.policy,
    playbooks: () => new Map(),
    environments: () => new Map(),
    clock: systemClock,
    identity: {
      accounts: createAccounts({
        ...engine,
        scripts: scriptsOf(engine.redis),
        clock: systemClock,
        of: 'policy',
      }),
      codes: linkCodes,
      tell: async () => false,
    },
    alerts: { group: async () => undefined },
    unbound: () => [],
    redact: (text) => text,
    preview: async () => [],
    log: { error: (fields, message) => console.error(message, fields) },
  });
}

/** A rollout that has moved the hosts and waits for a person. */
async function switched(engine: Engine, router: string): Promise<string> {
  const request = { method: 'PUT', url: router, json: { api: 'green' }, read: { url: router } };
  const plan = planOf(
    {
      phases: [
        {
          name: 'switch',
          steps: [
            { id: 'flip', uses: 'http.request', with: request, capture: 'before' },
            { id: 'check', uses: 'manual', with: { roles: ['engineer'], instructions: 'look' } },
          ],
        },
      ],
      rollback: [
        {
          id: 'restore',
          uses: 'http.request',
          when: '${{ steps.flip.started }}',
          with: { method: 'PUT', url: router, json: '${{ steps.flip.before }}' },
        },
      ],
    },
    'bench',
  );
  const { state } = await start(engine, plan);
  await until(engine, state.id, 'waiting');
  await pause(20);
  return state.id;
}

async function startCrowd(engine: Engine): Promise<void> {
  const steps = Array.from({ length: 120 }, (_, n) => ({ id: `s${n}`, uses: 'busy' }));
  const plan = planOf({ phases: [{ name: 'all', steps }] });
  for (let n = 0; n < crowd; n += 1) {
    await start(engine, { ...plan, environment: { ...plan.environment, name: `crowd-${n}` } });
    await pause(5);
  }
  await pause(2_000);
}

async function addToStart(url: string) {
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue('bench-start', { connection: redis });
  let started: ((at: number) => void) | undefined;
  const blocking = redis.duplicate();
  const worker = new Worker('bench-start', async () => started?.(performance.now()), {
    connection: blocking,
  });
  await worker.waitUntilReady();
  return {
    async once(): Promise<number> {
      const at = new Promise<number>((resolve) => {
        started = resolve;
      });
      const from = performance.now();
      await queue.add('job', {}, { removeOnComplete: true });
      return (await at) - from;
    },
    async close() {
      await worker.close();
      await queue.close();
      blocking.disconnect();
      redis.disconnect();
    },
  };
}
