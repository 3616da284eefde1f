import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { keys } from '../../src/adapters/redis/keys.ts';
import { scriptsOf } from '../../src/adapters/redis/scripts.ts';
import { createThreads } from '../../src/adapters/redis/threads.ts';
import { decideDone } from '../../src/commands/done.ts';
import { decideExtend } from '../../src/commands/extend.ts';
import { threadIn } from '../../src/core/card/thread-in.ts';
import { monitorInputSchema } from '../../src/core/monitor/input.ts';
import { peopleFor } from '../../src/core/policy/policy.ts';
import { verifyChain } from '../../src/core/rollout/chain.ts';
import { statusOf } from '../../src/core/rollout/status.ts';
import { createEnsure } from '../../src/jobs/outbound/ensure.ts';
import type { Decision, Rollout } from '../../src/ports/rollouts.ts';
import type { StepKind } from '../../src/ports/step.ts';
import { approval } from '../../src/steps/approval.ts';
import { reminder } from '../../src/steps/reminder.ts';
import { look } from '../../src/steps/watching/look.ts';
import { policy } from '../commands/scene.ts';
import { metricsServer } from '../monitor/metrics-server.ts';
import { alice, bob, carol, type Engine, planOf, start, startEngine } from '../support/engine.ts';
import { done, kind } from '../support/kinds.ts';
import { memoryChat } from '../support/memory-chat.ts';
import { redisForTest } from '../support/redis.ts';
import { worldForTest } from '../support/step-context.ts';
import '../support/fuzz-seed.ts';

let redis: EmbeddedRedis;
let metrics: Awaited<ReturnType<typeof metricsServer>>;
let cleanUp: (() => Promise<void>)[] = [];
beforeAll(async () => {
  redis = await redisForTest();
  metrics = await metricsServer();
});
afterEach(async () => {
  for (const step of cleanUp.splice(0)) await step();
});
afterAll(async () => {
  await metrics.stop();
  await redis.stop();
});

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** A Saturday, 15:00 in Berlin. */
const began = Date.parse('2026-11-21T14:00:00.000Z');
const leaseTime = 400;

/** What has to be seen from outside: how often each step really ran. */
const ran = new Map<string, number>();
const counted = (uses: string): StepKind =>
  kind(uses, async ({ step }) => {
    ran.set(step.id, (ran.get(step.id) ?? 0) + 1);
    return done(`${step.id} is done`);
  });

function playbook() {
  const watch = {
    provider: 'scrape',
    urls: [metrics.url],
    interval: '5m',
    cycles: 2,
    series: {
      errors: {
        ratio: { of: 'http_requests_total', where: { status: '^5' } },
        scale: 100,
        unit: '%',
        limit: 1,
      },
    },
    success: 'errors < 1.0',
  };
  const keysDuty = {
    text: 'Rotate the keys',
    role: 'engineer',
    after: '5d',
    at: '10:00',
    escalate: { after: '1d', roles: ['boss'] },
  };
  return {
    targets: ['blue', 'green'],
    phases: [
      {
        name: 'switch',
        steps: [
          { id: 'flip', uses: 'act' },
          { id: 'keys', uses: 'reminder', with: keysDuty },
        ],
      },
    ],
    rollback: [{ id: 'undo', uses: 'act' }],
    hypercare: {
      checkIns: ['1h', '6h'],
      watch: { with: watch },
      end: [
        { id: 'logs', uses: 'act' },
        { id: 'ask', uses: 'approval', with: { roles: ['release-manager'], expires: '4h' } },
        { id: 'retire', uses: 'act', endsRollback: true },
        { id: 'tell', uses: 'act', always: true },
      ],
    },
  };
}

/** One bot after another on one Redis and one chat, in simulated time. */
async function simulation(name: string) {
  let now = began;
  const clock = { now: () => now };
  const chat = memoryChat();
  const world = worldForTest();
  const open = () =>
    startEngine(redis.url, {
      kinds: [approval as StepKind, reminder as StepKind, counted('act')],
      clock,
      timezone: policy.timezone,
      leaseTime,
      workers: false,
      watch: async (input, kept, connections, signal) =>
        look(monitorInputSchema.parse(input), kept, { world, connections, now, signal }),
    });
  let engine: Engine = await open();
  cleanUp = [() => engine.stop()];
  const plan = { ...planOf(playbook(), name), target: 'green' };
  const started = await start(engine, plan, {}, [{ platform: 'console', id: 'rollouts' }]);
  const { id } = started.state;
  const thread = { rollout: id, channel: 'console:rollouts' };

  const show = async () => {
    const { ensure } = createEnsure({
      threads: createThreads({
        redis: engine.redis,
        scripts: scriptsOf(engine.redis),
        newNonce: randomUUID,
        clock,
      }),
      rollouts: engine.rollouts,
      chats: new Map([['console', chat.port]]),
      view: async (rollout, channel) =>
        threadIn(channel, rollout.plan, rollout.state, peopleFor(policy), now),
      newNonce: randomUUID,
    });
    await ensure(thread);
  };
  /** A lease that nobody gave back runs out first. */
  const isDue = async (): Promise<boolean> => {
    await expect.poll(() => engine.redis.exists(keys.lease(id)), { interval: 10 }).toBe(0);
    return (await engine.journals.due(now, 10)).includes(id);
  };
  /** What the sweeper does: whatever is due is carried on, until nothing is. */
  const carryOn = async () => {
    while (Number(await engine.redis.zscore(keys.due, id)) <= now && (await isDue()))
      await engine.advance(id);
    await show();
  };
  const rollout = async (): Promise<Rollout> => {
    const found = await engine.rollouts.find(id);
    if (!found) throw new Error('it is there');
    return found;
  };
  return {
    id,
    chat,
    rollout,
    carryOn,
    now: () => now,
    passTo: async (instant: number) => {
      metrics.serve(1_000, Math.round(Math.abs(Math.sin(instant)) * 4));
      now = Math.max(now, instant);
      await carryOn();
    },
    /** When the rollout is due next. */
    due: async () => Number((await engine.redis.zscore(keys.due, id)) ?? Number.NaN),
    /** Stops the bot, or kills it in the middle of its work, and starts another. */
    restart: async (kill: boolean) => {
      if (kill) void engine.advance(id).catch(() => undefined);
      await engine.stop();
      engine = await open();
      await carryOn();
    },
    decide: async (who: typeof alice, decide: (rollout: Rollout) => Decision) => {
      const answer = await engine.rollouts.record(id, who, decide);
      await carryOn();
      return answer;
    },
    events: () => engine.rollouts.events(id),
    active: () => engine.redis.zscore(keys.active, id),
    withDuties: async () => (await engine.rollouts.list({ duties: true })).map(({ state }) => state.id),
  };
}

/** Random pauses and ways to restart; FUZZ_SEED draws others. */
const chances = fc.record({ minutes: fc.integer({ min: 1, max: 35 }), kill: fc.boolean() });

test('a window of 24 hours, extended twice, over 20 restarts: each event and each message once', async () => {
  const simulated = await simulation('window-1');
  const { id, now, passTo, decide, rollout } = simulated;
  const drawn = fc.sample(chances, 2_000).values();
  const chance = () => drawn.next().value ?? { minutes: 1, kill: false };
  const asked = (person: typeof alice) => ({ person, policy: inThis('window-1'), now: now() });
  const extend = (duration: number) =>
    decide(bob, (at) => decideExtend({ name: 'extend', id, duration }, asked(bob), at));
  let restarted = 0;
  /** Lets time pass in uneven pieces, with so many restarts at random moments. */
  const pass = async (until: number, times: number) => {
    const every = (until - now()) / (times + 1);
    let next = now() + every;
    let left = times;
    while (now() < until) {
      const { minutes, kill } = chance();
      await passTo(Math.min(until, now() + minutes * minute));
      if (left === 0 || now() < next) continue;
      await simulated.restart(kill);
      restarted += 1;
      left -= 1;
      next += every;
    }
  };

  await simulated.carryOn();
  const switchedAt = Date.parse((await rollout()).state.hypercare?.startedAt ?? '');
  expect(switchedAt).toBe(began);
  await pass(began + 10 * hour, 8);
  expect(await extend(2 * hour)).toHaveProperty('rollout');
  await pass(began + 26 * hour - 1, 10);
  expect((await rollout()).state.hypercare?.endedAt).toBeUndefined();
  expect(await extend(hour)).toHaveProperty('rollout');
  await pass(began + 27 * hour, 0);
  const over = await rollout();
  expect(over.state.hypercare?.endedAt).toBe(new Date(began + 27 * hour).toISOString());
  expect(statusOf(over.plan, over.state)).toBe('hypercare');
  expect(
    await decide(bob, (at) => decideExtend({ name: 'extend', id, duration: hour }, asked(bob), at)),
  ).toHaveProperty('rollout');

  await pass(began + 28 * hour, 2);
  const waiting = (await rollout()).state.steps.ask?.waiting;
  if (waiting?.for !== 'approval') throw new Error('it asks for an approval');
  await decide(carol, () => ({
    facts: [{ type: 'step.answered', data: { step: 'ask', answer: 'approve', nonce: waiting.nonce } }],
  }));
  const ended = await rollout();
  expect(statusOf(ended.plan, ended.state)).toBe('succeeded');
  expect(await simulated.active()).toBeNull();

  const dueAt = Date.parse('2026-11-27T09:00:00.000Z');
  expect(await simulated.due()).toBe(dueAt);
  expect(restarted).toBe(20);
  for (let time = 0; time < 6; time += 1) {
    await passTo(now() + 1.2 * day);
    await simulated.restart(chance().kill);
  }
  expect(await simulated.active()).toBeNull();
  expect(await simulated.withDuties()).toEqual([id]);
  const dutyDone = await decide(alice, (at) =>
    decideDone({ name: 'done', id, step: 'keys', evidence: 'ticket 7' }, asked(alice), at),
  );
  expect(dutyDone).toHaveProperty('rollout');
  expect(await simulated.due()).toBeNaN();
  expect(await simulated.withDuties()).toEqual([]);

  const events = await simulated.events();
  expect(verifyChain(events)).toMatchObject({ ok: true });
  const told = events.filter(({ type }) => !type.startsWith('step.')).map(({ type }) => type);
  expect(told).toEqual([
    'rollout.planned',
    'rollout.started',
    'phase.finished',
    'hypercare.started',
    'rollout.released',
    'hypercare.checked',
    'hypercare.checked',
    'hypercare.extended',
    'hypercare.extended',
    'hypercare.ended',
    'rollout.reclaimed',
    'rollout.released',
    'rollout.reclaimed',
    'rollout.released',
    'rollout.succeeded',
    'duty.due',
    'duty.escalated',
    'duty.done',
  ]);
  expect(Object.fromEntries(ran)).toEqual({ flip: 1, logs: 1, retire: 1, tell: 1 });

  const { chat } = simulated;
  expect(chat.titles()).toEqual([
    'test-1 · green → window-1 · by Alice',
    'm1> ✓ Switch, 2 steps in 0 ms',
    'm1> 👀 Hypercare · watched until 2026-11-22 17:00 UTC · the rollout took 0 ms',
    'm1> 👀 Hypercare after 1 h · nothing noticed so far',
    'm1> 👀 Hypercare after 6 h · nothing noticed so far',
    'm1> Approval asked for Ask · @Bob and @Carol',
    'm1> ✓ Approved by Carol',
    'm1> 🏁 Done in 0 ms · 1 approval · nothing noticed in hypercare',
    'm1> ⏰ Due now: Rotate the keys · @Alice',
    'm1> ⏰ Not done since 2026-11-27 09:00 UTC: Rotate the keys · @Dan',
  ]);
  const report = [...chat.messages.values()].find(({ title }) => title.startsWith('🏁'))?.lines;
  expect(report).toEqual([
    expect.stringMatching(
      /^errors 0\.\d+ % on average, 0\.4 % at most \(limit 1 %\), (\d+) of \1 looks passed$/,
    ),
    expect.stringMatching(/^Error budget: 100 % before, \d\d(\.\d)? % after$/),
    '✓ Logs: logs is done',
    '✓ Ask: Approved by Carol',
    '✓ Retire: retire is done',
    '✓ Tell: tell is done',
  ]);
  expect(chat.calls.filter((call) => call.startsWith('post '))).toHaveLength(chat.messages.size);
}, 60_000);

function inThis(name: string) {
  const granted = policy.environments.production;
  if (granted === undefined) throw new Error('the policy has production');
  return { ...policy, environments: { [name]: granted } };
}
