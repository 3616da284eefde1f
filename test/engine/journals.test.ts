import { once } from 'node:events';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Append, createAppender } from '../../src/adapters/redis/appender.ts';
import { connectPatiently } from '../../src/adapters/redis/connect.ts';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { keys } from '../../src/adapters/redis/keys.ts';
import { createReader, snapshotEvery } from '../../src/adapters/redis/reader.ts';
import { type Scripts, scriptsOf } from '../../src/adapters/redis/scripts.ts';
import { createThreads } from '../../src/adapters/redis/threads.ts';
import type { Fact } from '../../src/core/rollout/event.ts';
import { planDigest } from '../../src/core/rollout/plan.ts';
import { verifyJournal } from '../../src/core/rollout/verify.ts';
import { LeaseLost } from '../../src/ports/journals.ts';
import type { Rollout } from '../../src/ports/rollouts.ts';
import { alice, bob, type Engine, planOf, start, startEngine } from '../support/engine.ts';
import { redisForTest } from '../support/redis.ts';

let redis: EmbeddedRedis;
const engines: Engine[] = [];
const connections: Redis[] = [];
const clock = { time: Date.parse('2026-11-21T12:00:00Z'), now: () => clock.time };

beforeAll(async () => {
  redis = await redisForTest();
});
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
  for (const connection of connections.splice(0)) connection.disconnect();
});
afterAll(() => redis.stop());

/** One worker's side of the journals; nothing runs by itself. */
async function worker(leaseTime = 3_000): Promise<Engine> {
  const engine = await startEngine(redis.url, { kinds: [], workers: false, clock, leaseTime });
  engines.push(engine);
  return engine;
}

function connect(): Redis {
  const connection = connectPatiently(redis.url);
  connections.push(connection);
  return connection;
}

const playbook = { phases: [{ name: 'only', steps: [{ id: 'a', uses: 'note' }] }] };
let environments = 0;
function environment(): string {
  environments += 1;
  return `env-${environments}`;
}
const begin = (engine: Engine, name = environment()) => start(engine, planOf(playbook, name));
const lines = (engine: Engine, id: string) => engine.redis.lrange(keys.journal(id), 0, -1);
const types = async (engine: Engine, id: string) =>
  (await engine.rollouts.events(id)).map(({ type }) => type);

const paused: Fact = { type: 'rollout.paused', data: {} };
const resumed: Fact = { type: 'rollout.resumed', data: {} };
const followed = (room: string): Fact => ({
  type: 'rollout.followed',
  data: { channel: { platform: 'console', id: room } },
});

async function held(engine: Engine, id: string) {
  const opened = await engine.journals.acquire(id);
  if (!opened) throw new Error(`${id} is held by somebody else`);
  return opened;
}

describe('an append', () => {
  test('by many at once is decided on what it follows, one after the other, none lost', async () => {
    const [one, two] = await Promise.all([worker(), worker()]);
    const { state } = await begin(one);
    let asked = 0;
    const decide = (room: string) => (now: Rollout) => {
      asked += 1;
      return { facts: [followed(`${room} behind ${now.state.seq}`)] };
    };
    const writes = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? one : two).rollouts.record(state.id, bob, decide(`room-${index}`)),
    );
    await Promise.all(writes);
    const events = await one.rollouts.events(state.id);
    expect(events).toHaveLength(22);
    expect(verifyJournal(await lines(one, state.id))).toMatchObject({ events: 22 });
    expect(asked).toBeGreaterThan(20);
    for (const { type, data, seq } of events) {
      if (type === 'rollout.followed') expect(data.channel.id).toMatch(new RegExp(` behind ${seq - 1}$`));
    }
  });

  test('behind a state that has moved writes nothing', async () => {
    const engine = await worker();
    const { state } = await begin(engine);
    const { lease, rollout } = await held(engine, state.id);
    await engine.rollouts.record(state.id, bob, () => ({ facts: [paused] }));
    expect(await engine.journals.append(lease, rollout, [resumed])).toBe('moved');
    expect(await types(engine, state.id)).toEqual(['rollout.planned', 'rollout.started', 'rollout.paused']);
    const newer = await engine.journals.refresh(rollout);
    expect(await engine.journals.append(lease, newer, [resumed])).toMatchObject({ state: { seq: 4 } });
  });

  test('under an epoch that is over is refused, and writes nothing', async () => {
    const [one, two] = await Promise.all([worker(), worker()]);
    const { state } = await begin(one);
    const stale = await held(one, state.id);
    await one.redis.del(keys.lease(state.id));
    const fresh = await held(two, state.id);
    expect(fresh.lease.epoch).toBe(stale.lease.epoch + 1);
    await expect(one.journals.append(stale.lease, stale.rollout, [paused])).rejects.toThrow(LeaseLost);
    await expect(one.journals.renew(stale.lease)).rejects.toThrow(LeaseLost);
    await expect(one.journals.fence(stale.lease)).rejects.toThrow(LeaseLost);
    expect(await one.journals.rest(stale.lease, stale.rollout, undefined)).toBe('rested');
    expect(await two.redis.exists(keys.lease(state.id))).toBe(1);
    expect(await two.journals.append(fresh.lease, fresh.rollout, [paused])).toMatchObject({
      state: { seq: 3 },
    });
  });

  test('marks every thread as behind, also one that begins with it', async () => {
    const engine = await worker();
    const { state } = await begin(engine);
    const threads = createThreads({
      ...{ redis: engine.redis, scripts: scriptsOf(engine.redis), clock },
      newNonce: () => 'nonce',
    });
    const mine = async () => (await threads.behind()).filter(({ rollout }) => rollout === state.id);
    await engine.rollouts.record(state.id, bob, () => ({ facts: [followed('ops')] }));
    const thread = { rollout: state.id, channel: 'console:ops' };
    expect(await mine()).toEqual([thread]);
    await threads.shown(thread, 2);
    expect(await mine()).toEqual([thread]);
    await threads.shown(thread, 3);
    expect(await mine()).toEqual([]);
  });
});

/** A connection that delivers an append, breaks before the answer, and sends it again. */
function resending(connection: Redis, between: () => Promise<unknown> = async () => undefined): Scripts {
  const scripts = scriptsOf(connection);
  return {
    ...scripts,
    async append(names, args) {
      await scripts.append(names, args);
      const closed = once(connection, 'close');
      connection.disconnect(true);
      await closed;
      await between();
      return scripts.append(names, args);
    },
  };
}

describe('an append that is sent twice', () => {
  const appended = async (engine: Engine, scripts: Scripts, what: Append) =>
    createAppender(engine.redis, scripts, createReader(engine.redis), clock)(what);

  test('takes effect once, with its claim on the environment', async () => {
    const engine = await worker();
    const name = environment();
    const plan = planOf(playbook, name);
    const before = await engine.rollouts.environment(name);
    const answer = await appended(engine, resending(engine.redis), {
      actor: alice,
      rollout: {
        id: `twice-${name}`,
        before: undefined,
        facts: [{ type: 'rollout.planned', data: { id: 'x', plan, digest: planDigest(plan), channels: [] } }],
      },
      environment: { before, facts: [{ type: 'environment.claimed', data: { rollout: 'x' } }] },
    });
    expect(answer).toMatchObject({ outcome: 'ok', environment: { claimedBy: 'x', seq: 1 } });
    expect(await lines(engine, `twice-${name}`)).toHaveLength(1);
    expect(await engine.rollouts.environment(name)).toMatchObject({ seq: 1 });
  });

  test('is known again although the lease ran out in between', async () => {
    const engine = await worker();
    const { state } = await begin(engine);
    const { lease, rollout } = await held(engine, state.id);
    const runsOut = () => engine.redis.del(keys.lease(state.id));
    const answer = await appended(engine, resending(engine.redis, runsOut), {
      actor: { kind: 'bot', id: 'cutover' },
      token: `${lease.epoch}:${lease.owner}`,
      rollout: { id: state.id, before: rollout, facts: [paused] },
    });
    expect(answer.outcome).toBe('ok');
    expect(await types(engine, state.id)).toEqual(['rollout.planned', 'rollout.started', 'rollout.paused']);
  });

  test("is not taken for another's that came before it", async () => {
    const engine = await worker();
    const { state, plan } = await begin(engine);
    await engine.rollouts.record(state.id, bob, () => ({ facts: [paused] }));
    const answer = await appended(engine, resending(engine.redis), {
      actor: alice,
      rollout: { id: state.id, before: { plan, state }, facts: [paused] },
    });
    expect(answer.outcome).toBe('moved');
    expect(await lines(engine, state.id)).toHaveLength(3);
  });
});

test('equal decisions of one person within a millisecond count once, and the others are asked again', async () => {
  const engine = await worker();
  const { state } = await begin(engine);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () =>
      engine.rollouts.record(state.id, bob, (now) =>
        now.state.paused
          ? { refusal: { reason: 'already-answered', what: '', why: '', next: '' } }
          : { facts: [paused] },
      ),
    ),
  );
  expect(answers.filter((answer) => 'rollout' in answer)).toHaveLength(1);
  expect(await lines(engine, state.id)).toHaveLength(3);
});

describe('the environment', () => {
  const claim = (engine: Engine, name: string) => {
    const plan = planOf(playbook, name);
    const planned = { plan, digest: planDigest(plan), channels: [] };
    return engine.rollouts.create('test', alice, planned, (now, id) =>
      now.claimedBy === undefined
        ? { environment: [{ type: 'environment.claimed', data: { rollout: id } }] }
        : { refusal: { reason: 'environment-busy', what: id, why: 'busy', next: '' } },
    );
  };

  test('is claimed by one of many that start at once; the others leave no trace', async () => {
    const [one, two] = await Promise.all([worker(), worker()]);
    const name = environment();
    const known = (await one.rollouts.list({ limit: 1_000 })).length;
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => claim(index % 2 ? one : two, name)),
    );
    const [winner, more] = answers.flatMap((answer) => ('rollout' in answer ? [answer.rollout] : []));
    expect(more).toBeUndefined();
    expect(await one.rollouts.environment(name)).toMatchObject({ seq: 1, claimedBy: winner?.state.id });
    expect(await two.rollouts.list({ environment: name })).toHaveLength(1);
    expect(await one.rollouts.list({ limit: 1_000 })).toHaveLength(known + 1);
  });

  test('is claimed, given back, and claimed again for a rollback only by its newest rollout', async () => {
    const engine = await worker();
    const name = environment();
    const older = await held(engine, (await begin(engine, name)).state.id);
    const append = (who: typeof older, change: 'claim' | 'reclaim' | 'release', fact = paused) =>
      engine.journals.append(who.lease, who.rollout, [fact], { environment: change });
    older.rollout = (await append(older, 'release')) as Rollout;
    expect(await engine.rollouts.environment(name)).not.toHaveProperty('claimedBy');
    older.rollout = (await append(older, 'reclaim')) as Rollout;
    expect(await engine.rollouts.environment(name)).toMatchObject({ claimedBy: older.lease.rollout, seq: 3 });
    older.rollout = (await append(older, 'release')) as Rollout;

    const newer = await claim(engine, name);
    if ('refusal' in newer) throw new Error(newer.refusal.why);
    older.rollout = await engine.journals.refresh(older.rollout);
    expect(older.rollout.state.supersededBy).toBe(newer.rollout.state.id);
    expect(await append(older, 'claim')).toBe('busy');
    const holder = await held(engine, newer.rollout.state.id);
    await append(holder, 'release');
    expect(await append(older, 'reclaim')).toBe('busy');
    expect(await append(older, 'claim')).toMatchObject({ state: { id: older.lease.rollout } });
  });

  test('that has changed in between keeps the whole of a decision from being recorded', async () => {
    const engine = await worker();
    const { state, plan } = await begin(engine);
    const { name } = plan.environment;
    const before = await engine.rollouts.environment(name);
    await engine.rollouts.recordEnvironment(name, alice, () => ({
      facts: [{ type: 'environment.locked', data: { reason: 'failover' } }],
    }));
    const append = createAppender(engine.redis, scriptsOf(engine.redis), createReader(engine.redis), clock);
    const answer = await append({
      actor: bob,
      rollout: { id: state.id, before: { plan, state }, facts: [paused] },
      environment: { before, facts: [{ type: 'environment.released', data: { rollout: state.id } }] },
    });
    expect(answer.outcome).toBe('moved');
    expect(await lines(engine, state.id)).toHaveLength(2);
    expect(await engine.rollouts.environment(name)).toMatchObject({ seq: 2, claimedBy: state.id });
  });
});

describe('a lease', () => {
  test('keeps others out until it runs out, and is then taken under a new epoch', async () => {
    const [one, two] = await Promise.all([worker(150), worker(150)]);
    const { state } = await begin(one);
    const first = await held(one, state.id);
    expect(await two.journals.acquire(state.id)).toBeUndefined();
    await expect.poll(() => two.journals.acquire(state.id)).toBeDefined();
    await expect(one.journals.renew(first.lease)).rejects.toThrow(LeaseLost);
  });

  test('lasts as long as it is renewed', async () => {
    const engine = await worker(60_000);
    const { state } = await begin(engine);
    const { lease } = await held(engine, state.id);
    await engine.redis.pexpire(keys.lease(state.id), 5_000);
    await engine.journals.renew(lease);
    expect(await engine.redis.pttl(keys.lease(state.id))).toBeGreaterThan(50_000);
  });

  test('that is fenced goes on under a new epoch, and refuses the old one', async () => {
    const engine = await worker();
    const { state } = await begin(engine);
    const { lease, rollout } = await held(engine, state.id);
    const fenced = await engine.journals.fence(lease);
    expect(fenced.epoch).toBe(lease.epoch + 1);
    await expect(engine.journals.append(lease, rollout, [paused])).rejects.toThrow(LeaseLost);
    expect(await engine.journals.append(fenced, rollout, [paused])).toMatchObject({ state: { seq: 3 } });
  });

  test('is not given for a rollout that does not exist', async () => {
    const engine = await worker();
    expect(await engine.journals.acquire('nobody-1')).toBeUndefined();
    expect(await engine.redis.exists(keys.lease('nobody-1'))).toBe(0);
  });

  test('reads what was written since this worker last looked', async () => {
    const [one, two] = await Promise.all([worker(), worker()]);
    const { state } = await begin(one);
    await two.rollouts.record(state.id, bob, () => ({ facts: [paused] }));
    expect((await held(one, state.id)).rollout.state).toMatchObject({
      seq: 3,
      paused: { by: { id: 'bob' } },
    });
  });
});

describe('a rest', () => {
  const due = async (engine: Engine, id: string, at = clock.now()) =>
    (await engine.journals.due(at, 100_000)).includes(id);

  test('is refused while there is something new, and the lease is kept', async () => {
    const engine = await worker();
    const { state } = await begin(engine);
    const { lease, rollout } = await held(engine, state.id);
    await engine.rollouts.record(state.id, bob, () => ({ facts: [paused] }));
    expect(await engine.journals.rest(lease, rollout, undefined)).toBe('moved');
    await engine.journals.renew(lease);
    expect(await engine.journals.rest(lease, await engine.journals.refresh(rollout), undefined)).toBe(
      'rested',
    );
    expect(await due(engine, state.id, clock.now() + 1e12)).toBe(false);
  });

  test('until a time is over at that time', async () => {
    const engine = await worker();
    const { state } = await begin(engine);
    const { lease, rollout } = await held(engine, state.id);
    const until = clock.now() + 5_000;
    await engine.journals.rest(lease, rollout, until);
    expect(await due(engine, state.id, until - 1)).toBe(false);
    expect(await due(engine, state.id, until)).toBe(true);
  });

  test('is over as soon as anything is written', async () => {
    const engine = await worker();
    const { state } = await begin(engine);
    const { lease, rollout } = await held(engine, state.id);
    await engine.journals.rest(lease, rollout, undefined);
    await engine.rollouts.record(state.id, bob, () => ({ facts: [paused] }));
    expect(await due(engine, state.id)).toBe(true);
  });

  test('that never came, because the worker died, leaves the rollout due once its lease is gone', async () => {
    const engine = await worker();
    const { state } = await begin(engine);
    const { lease, rollout } = await held(engine, state.id);
    await engine.journals.append(lease, rollout, [paused]);
    expect(await due(engine, state.id)).toBe(false);
    await engine.redis.del(keys.lease(state.id));
    expect(await due(engine, state.id)).toBe(true);
  });

  test('of many that are due names no more than it is asked for', async () => {
    const engine = await worker();
    await Promise.all([begin(engine), begin(engine), begin(engine)]);
    expect(await engine.journals.due(clock.now(), 2)).toHaveLength(2);
  });

  test('at an end takes it off the list of active ones, and a rollback puts it there again', async () => {
    const engine = await worker();
    const name = environment();
    const { state } = await begin(engine, name);
    const active = async () => (await engine.rollouts.list({ environment: name, active: true })).length;
    const listed = () => engine.redis.zscore(keys.active, state.id);
    const { lease, rollout } = await held(engine, state.id);
    const ended = await engine.journals.append(
      lease,
      rollout,
      [
        { type: 'rollout.aborted', data: {} },
        { type: 'rollout.released', data: {} },
      ],
      { environment: 'release' },
    );
    await engine.journals.rest(lease, ended as Rollout, undefined);
    expect([await active(), await listed()]).toEqual([0, null]);

    await engine.rollouts.record(state.id, bob, () => ({
      facts: [{ type: 'rollback.requested', data: { reason: 'errors' } }],
    }));
    expect(await active()).toBe(1);
  });
});

describe('a long journal', () => {
  async function long(): Promise<{ engine: Engine; id: string }> {
    const engine = await worker();
    const { state } = await begin(engine);
    const opened = await held(engine, state.id);
    let rollout: Rollout = opened.rollout;
    for (let written = 2; written < 2 * snapshotEvery + 10; written += 20) {
      const facts = Array.from({ length: 10 }, () => [paused, resumed]).flat();
      rollout = (await engine.journals.append(opened.lease, rollout, facts)) as Rollout;
    }
    return { engine, id: state.id };
  }

  test('is read from its snapshot by somebody who knows nothing of it, in three commands', async () => {
    const { engine, id } = await long();
    const whole = await engine.rollouts.find(id);
    await engine.redis.lset(keys.journal(id), 100, 'nobody reads this line');
    const stranger = connect();
    await stranger.config('RESETSTAT');
    const read = await createReader(stranger).rollout(id);
    const stats = await stranger.info('commandstats');
    expect(read).toEqual(whole);
    const calls = [...stats.matchAll(/cmdstat_(get|lindex|lrange):calls=(\d+)/g)].map(
      ([, name, n]) => `${name} ${n}`,
    );
    expect(calls.sort()).toEqual(['get 1', 'lindex 1', 'lrange 1']);
  });

  test('is read whole where the snapshot is missing, or of another version', async () => {
    const { engine, id } = await long();
    const whole = await engine.rollouts.find(id);
    await engine.redis.set(keys.snapshot(id), JSON.stringify({ v: 2, id, seq: 1 }));
    expect(await createReader(engine.redis).rollout(id)).toEqual(whole);
    await engine.redis.del(keys.snapshot(id));
    expect(await createReader(engine.redis).rollout(id)).toEqual(whole);
  });

  test('is read with the plan in force, though the snapshot is of after its revision', async () => {
    const engine = await worker();
    const { state, plan } = await begin(engine);
    const revised = { ...plan, target: 'green' };
    const facts: Fact[] = [
      { type: 'plan.revised', data: { plan: revised, digest: planDigest(revised), reason: 'target' } },
      ...Array.from({ length: snapshotEvery }, (_, index) => (index % 2 ? resumed : paused)),
    ];
    await engine.rollouts.record(state.id, bob, () => ({ facts }));
    expect(await engine.redis.exists(keys.snapshot(state.id))).toBe(1);
    const read = await createReader(connect()).rollout(state.id);
    expect(read).toMatchObject({ plan: { target: 'green' }, state: { digest: planDigest(revised) } });
  });
});

describe('what is kept beside the journal', () => {
  test('of a running step is its last 200 lines, for a day', async () => {
    const engine = await worker();
    const batch = (from: number) => Array.from({ length: 150 }, (_, index) => `line ${from + index}`);
    await engine.journals.keepTail('test-1', 'a', batch(0));
    await engine.journals.keepTail('test-1', 'a', batch(150));
    const tail = await engine.rollouts.tail('test-1', 'a');
    expect(tail).toHaveLength(200);
    expect([tail[0], tail.at(-1)]).toEqual(['line 100', 'line 299']);
    expect(await engine.redis.ttl(keys.tail('test-1', 'a'))).toBeGreaterThan(86_000);
  });

  test('by a watch comes back as it was, and is not kept for ever', async () => {
    const engine = await worker();
    expect(await engine.journals.watch('test-9')).toBeUndefined();
    await engine.journals.keepWatch('test-9', { cycle: 3 });
    expect(await engine.journals.watch('test-9')).toEqual({ cycle: 3 });
    expect(await engine.redis.ttl(keys.watch('test-9'))).toBeGreaterThan(0);
  });
});
