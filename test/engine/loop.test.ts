import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { keys } from '../../src/adapters/redis/keys.ts';
import { verifyChain } from '../../src/core/rollout/chain.ts';
import type { Fact } from '../../src/core/rollout/event.ts';
import type { StepKind, StepResult } from '../../src/ports/step.ts';
import { approval } from '../../src/steps/approval.ts';
import { type alice, bob, carol, type Engine, planOf, start, startEngine, until } from '../support/engine.ts';
import { done, hang, kind } from '../support/kinds.ts';
import { redisForTest } from '../support/redis.ts';

let redis: EmbeddedRedis;
const engines: Engine[] = [];

beforeAll(async () => {
  redis = await redisForTest();
});
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
});
afterAll(() => redis.stop());

async function engineWith(...kinds: StepKind[]): Promise<Engine> {
  const engine = await startEngine(redis.url, { kinds });
  engines.push(engine);
  return engine;
}

const steps = (...list: object[]) => ({ phases: [{ name: 'only', steps: list }] });
let environments = 0;
function environment(): string {
  environments += 1;
  return `env-${environments}`;
}

function noted<T>(list: T[], what: T): StepResult {
  list.push(what);
  return done();
}

const record = (engine: Engine, id: string, who: typeof alice, ...facts: Fact[]) =>
  engine.rollouts.record(id, who, () => ({ facts }));

describe('a plan that goes well', () => {
  test('runs its steps in order, each with intent before and outcome after, in one chain', async () => {
    const ran: string[] = [];
    const engine = await engineWith(kind('note', async ({ step }) => noted(ran, step.id)));
    const { state } = await start(
      engine,
      planOf(steps({ id: 'one', uses: 'note' }, { id: 'two', uses: 'note' }), environment()),
    );
    await until(engine, state.id, 'succeeded');

    const events = await engine.rollouts.events(state.id);
    expect(ran).toEqual(['one', 'two']);
    expect(events.map(({ type, data }) => ('step' in data ? `${type} ${data.step}` : type))).toEqual([
      'rollout.planned',
      'rollout.started',
      'step.started one',
      'step.succeeded one',
      'step.started two',
      'step.succeeded two',
      'phase.finished',
      'rollout.succeeded',
      'rollout.released',
    ]);
    expect(verifyChain(events)).toEqual({ ok: true, head: events.at(-1)?.hash });
  });

  test('passes outputs on by expressions, and skips what `when` rules out', async () => {
    const seen: unknown[] = [];
    const engine = await engineWith(
      kind('give', async () => done('given', { count: 3 })),
      kind('take', async ({ input }) => noted(seen, input)),
    );
    const plan = planOf(
      steps(
        { id: 'give', uses: 'give' },
        {
          id: 'take',
          uses: 'take',
          with: { n: '${{ steps.give.output.count }}', text: 'n=${{ steps.give.output.count }}' },
        },
        { id: 'never', uses: 'take', when: '${{ steps.give.output.count > 5 }}' },
      ),
      environment(),
    );
    const { state } = await start(engine, plan);
    const ended = await until(engine, state.id, 'succeeded');
    expect(seen).toEqual([{ n: 3, text: 'n=3' }]);
    expect(ended.state.steps.never?.status).toBe('skipped');
  });

  test('runs a parallel phase side by side', async () => {
    let inside = 0;
    let most = 0;
    const together = Promise.withResolvers<void>();
    const meet = kind('meet', async () => {
      inside += 1;
      most = Math.max(most, inside);
      if (inside === 3) together.resolve();
      await together.promise;
      return done();
    });
    const engine = await engineWith(meet);
    const list = ['a', 'b', 'c'].map((id) => ({ id, uses: 'meet' }));
    const plan = planOf({ phases: [{ name: 'all', parallel: true, steps: list }] }, environment());
    const { state } = await start(engine, plan);
    await until(engine, state.id, 'succeeded');
    expect(most).toBe(3);
  });

  test('gives the environment back, so that the next can start', async () => {
    const engine = await engineWith(kind('note', async () => done()));
    const name = environment();
    const { state } = await start(engine, planOf(steps({ id: 'one', uses: 'note' }), name));
    expect((await engine.rollouts.environment(name)).claimedBy).toBe(state.id);
    await until(engine, state.id, 'succeeded');
    expect((await engine.rollouts.environment(name)).claimedBy).toBeUndefined();
  });
});

describe('a step that waits', () => {
  test('is looked at again at its time, and by an answer at once', async () => {
    const engine = await engineWith(
      kind('twice', async ({ kept, now }) =>
        kept === undefined
          ? {
              status: 'waiting',
              state: 1,
              waiting: { for: 'time', until: new Date(now() + 200).toISOString(), what: 'a moment' },
            }
          : done('looked again'),
      ),
      kind('ask', async ({ answers }) =>
        answers.length > 0
          ? done(`answered by ${answers[0]?.by.name}`)
          : {
              status: 'waiting',
              waiting: { for: 'task', roles: ['engineer'], instructions: 'look', what: 'somebody to look' },
            },
      ),
    );
    const { state } = await start(
      engine,
      planOf(steps({ id: 'twice', uses: 'twice' }, { id: 'ask', uses: 'ask' }), environment()),
    );
    await until(engine, state.id, 'waiting');
    await record(engine, state.id, bob, { type: 'step.answered', data: { step: 'ask', answer: 'done' } });
    const ended = await until(engine, state.id, 'succeeded');
    expect(ended.state.steps.twice?.summary).toBe('looked again');
    expect(ended.state.steps.ask?.summary).toBe('answered by Bob');
  });
});

describe('a step that fails', () => {
  test('stops the rollout, and a person can have it tried again', async () => {
    let calls = 0;
    const engine = await engineWith(
      kind('flaky', async () => {
        calls += 1;
        return calls === 1 ? { status: 'failed', summary: 'no luck', retryable: false } : done();
      }),
    );
    const { state } = await start(engine, planOf(steps({ id: 'flaky', uses: 'flaky' }), environment()));
    const stopped = await until(engine, state.id, 'failed');
    expect(stopped.state.steps.flaky?.summary).toBe('no luck');
    await record(engine, state.id, bob, { type: 'step.reset', data: { step: 'flaky' } });
    const ended = await until(engine, state.id, 'succeeded');
    expect(ended.state.steps.flaky?.attempts).toBe(2);
  });

  test('is retried as the playbook says, and a fault counts as a failure', async () => {
    let calls = 0;
    const engine = await engineWith(
      kind('flaky', async () => {
        calls += 1;
        if (calls < 3) throw new Error('connection reset');
        return done();
      }),
    );
    const flaky = { id: 'flaky', uses: 'flaky', retry: { attempts: 3, delay: '10ms' } };
    const { state } = await start(engine, planOf(steps(flaky), environment()));
    const ended = await until(engine, state.id, 'succeeded');
    expect(ended.state.steps.flaky?.attempts).toBe(3);
  });

  test('is given up after its time-out', async () => {
    const engine = await engineWith(kind('hang', (_context, signal) => hang(signal)));
    const { state } = await start(
      engine,
      planOf(steps({ id: 'hang', uses: 'hang', timeout: '100ms' }), environment()),
    );
    const stopped = await until(engine, state.id, 'failed');
    expect(stopped.state.steps.hang?.summary).toBe('It did not end within 0.1 s');
  });

  test('whose effect can not be read back is in doubt, and a person settles it', async () => {
    const engine = await engineWith(
      kind('once', async () => Promise.reject(new Error('no reply')), { effect: 'once' }),
    );
    const { state } = await start(engine, planOf(steps({ id: 'once', uses: 'once' }), environment()));
    const doubted = await until(engine, state.id, 'in-doubt');
    expect(doubted.state.steps.once?.known).toEqual(["once can't be read back from the world."]);
    await record(engine, state.id, bob, { type: 'step.settled', data: { step: 'once', evidence: 'saw it' } });
    await until(engine, state.id, 'succeeded');
  });

  test('whose effect is found in place has succeeded, without a repetition', async () => {
    let calls = 0;
    const fails = async () => {
      calls += 1;
      throw new Error('no reply');
    };
    const once = kind('once', fails, {
      effect: 'once',
      observe: async () => ({ effect: 'present', summary: 'it is there' }),
    });
    const engine = await engineWith(once);
    const { state } = await start(engine, planOf(steps({ id: 'once', uses: 'once' }), environment()));
    const ended = await until(engine, state.id, 'succeeded');
    expect(ended.state.steps.once?.summary).toBe('it is there');
    expect(calls).toBe(1);
  });
});

describe('a rollback', () => {
  const playbook = {
    phases: [
      {
        name: 'switch',
        steps: [
          { id: 'flip', uses: 'flip', capture: 'before' },
          { id: 'later', uses: 'hang' },
          { id: 'never', uses: 'flip' },
        ],
      },
    ],
    rollback: [
      { id: 'unnever', uses: 'restore', when: '${{ steps.never.started }}' },
      {
        id: 'restore',
        uses: 'restore',
        when: '${{ steps.flip.started }}',
        with: { to: '${{ steps.flip.before }}' },
      },
    ],
  };
  const kinds = (restored: unknown[]): StepKind[] => [
    kind('flip', async ({ capture }) => {
      await capture(async () => 'blue');
      return done('flipped');
    }),
    kind('hang', (_context, signal) => hang(signal)),
    kind('restore', async ({ input, epoch }) => noted(restored, { ...input, epoch })),
  ];

  test('interrupts the running step and restores what was captured, skipping what never started', async () => {
    const restored: unknown[] = [];
    const engine = await engineWith(...kinds(restored));
    const { state } = await start(engine, planOf(playbook, environment()));
    await expect
      .poll(async () => (await engine.rollouts.find(state.id))?.state.steps.later?.status)
      .toBe('running');
    await record(engine, state.id, carol, { type: 'rollback.requested', data: { reason: 'errors' } });
    const ended = await until(engine, state.id, 'rolled-back');
    expect(restored).toEqual([{ to: 'blue', epoch: 2 }]);
    expect(ended.state.steps.unnever?.status).toBe('skipped');
    expect(ended.state.steps.flip?.status).toBe('rolled-back');
    expect(ended.state.steps.later?.summary).toBe('Interrupted by the rollback');
    expect(ended.state.rollback).toMatchObject({ by: { id: 'carol' }, reason: 'errors' });
  });

  test('begins by itself where the playbook says so', async () => {
    const restored: unknown[] = [];
    const engine = await engineWith(
      ...kinds(restored),
      kind('fail', async () => ({ status: 'failed', summary: 'bad', retryable: false })),
    );
    const failing = structuredClone(playbook);
    failing.phases[0]?.steps.splice(1, 1, { id: 'later', uses: 'fail', onFailure: 'rollback' } as never);
    const { state } = await start(engine, planOf(failing, environment()));
    const ended = await until(engine, state.id, 'rolled-back');
    expect(ended.state.rollback?.by).toEqual({ kind: 'bot', id: 'cutover' });
    expect(restored).toHaveLength(1);
  });

  test('that fails stops, and goes on by a retry of the step', async () => {
    let calls = 0;
    const engine = await engineWith(
      kind('flip', async () => done()),
      kind('hang', (_context, signal) => hang(signal)),
      kind('restore', async () => {
        calls += 1;
        return calls === 1 ? { status: 'failed', summary: 'refused', retryable: false } : done();
      }),
    );
    const { state } = await start(
      engine,
      planOf({ ...playbook, rollback: [{ id: 'restore', uses: 'restore' }] }, environment()),
    );
    await record(engine, state.id, carol, { type: 'rollback.requested', data: { reason: 'errors' } });
    await until(engine, state.id, 'rollback-failed');
    await record(engine, state.id, carol, { type: 'step.reset', data: { step: 'restore' } });
    await until(engine, state.id, 'rolled-back');
  });
});

test('an abort interrupts the running step and gives the environment back', async () => {
  const engine = await engineWith(kind('hang', (_context, signal) => hang(signal)));
  const name = environment();
  const { state } = await start(engine, planOf(steps({ id: 'hang', uses: 'hang' }), name));
  await expect
    .poll(async () => (await engine.rollouts.find(state.id))?.state.steps.hang?.status)
    .toBe('running');
  await record(engine, state.id, bob, { type: 'rollout.aborted', data: { reason: 'not today' } });
  await expect.poll(async () => (await engine.rollouts.environment(name)).claimedBy).toBeUndefined();
  expect((await until(engine, state.id, 'aborted')).state.steps.hang?.status).toBe('failed');
});

test('a pause holds the next step, not the running one', async () => {
  const open = Promise.withResolvers<void>();
  const ran: string[] = [];
  const engine = await engineWith(
    kind('gate', async () => {
      await open.promise;
      return noted(ran, 'gate');
    }),
    kind('note', async () => noted(ran, 'note')),
  );
  const { state } = await start(
    engine,
    planOf(steps({ id: 'gate', uses: 'gate' }, { id: 'note', uses: 'note' }), environment()),
  );
  await expect
    .poll(async () => (await engine.rollouts.find(state.id))?.state.steps.gate?.status)
    .toBe('running');
  await record(engine, state.id, bob, { type: 'rollout.paused', data: {} });
  open.resolve();
  await expect
    .poll(async () => (await engine.rollouts.find(state.id))?.state.steps.gate?.status)
    .toBe('succeeded');
  expect((await until(engine, state.id, 'paused')).state.steps.note?.status).toBe('pending');
  await record(engine, state.id, bob, { type: 'rollout.resumed', data: {} });
  await until(engine, state.id, 'succeeded');
  expect(ran).toEqual(['gate', 'note']);
});

test('of two approvals that come while the first is looked at, none is lost', async () => {
  const looking = Promise.withResolvers<void>();
  const open = Promise.withResolvers<void>();
  const slow: StepKind = {
    ...(approval as StepKind),
    async run(context, signal) {
      if (context.answers.length === 1) {
        looking.resolve();
        await open.promise;
      }
      return approval.run(context as Parameters<typeof approval.run>[0], signal);
    },
  };
  const engine = await engineWith(slow);
  const ask = { id: 'ask', uses: 'approval', with: { roles: ['release-manager'], quorum: 2 } };
  const { state } = await start(engine, planOf(steps(ask), environment()));
  const asked = await until(engine, state.id, 'waiting');
  const waiting = asked.state.steps.ask?.waiting;
  if (waiting?.for !== 'approval') throw new Error('it asks for an approval');
  const yes: Fact = { type: 'step.answered', data: { step: 'ask', answer: 'approve', nonce: waiting.nonce } };
  await record(engine, state.id, bob, yes);
  await looking.promise;
  await record(engine, state.id, carol, yes);
  open.resolve();
  const ended = await until(engine, state.id, 'succeeded');
  expect(ended.state.steps.ask?.summary).toBe('Approved by Bob and Carol');
});

test('a worker that is stopped ends its step and leaves the next one to another', async () => {
  const open = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const ran: string[] = [];
  const work = (who: string) =>
    kind('note', async ({ step }) => {
      begun.resolve();
      await open.promise;
      return noted(ran, `${step.id} by ${who}`);
    });
  const first = await startEngine(redis.url, { kinds: [work('the first')] });
  const { state } = await start(
    first,
    planOf(steps({ id: 'a', uses: 'note' }, { id: 'b', uses: 'note' }), environment()),
  );
  await begun.promise;
  const stopping = first.stop();
  open.resolve();
  await stopping;
  expect(ran).toEqual(['a by the first']);
  const second = await engineWith(work('the second'));
  const ended = await until(second, state.id, 'succeeded');
  expect(ran).toEqual(['a by the first', 'b by the second']);
  expect(ended.state.steps.b?.attempts).toBe(1);
});

test('a failing hypercare rolls back by itself, with the environment claimed again', async () => {
  const engine = await startEngine(redis.url, {
    kinds: [kind('note', async () => done())],
    watch: async () => ({ kept: null, verdict: 'fail', summary: 'errors 5 %', next: Date.now() + 60_000 }),
  });
  engines.push(engine);
  const name = environment();
  const playbook = {
    ...steps({ id: 'a', uses: 'note' }),
    rollback: [{ id: 'undo', uses: 'note' }],
    hypercare: { window: '1h', watch: { with: {} }, onFailure: 'rollback' },
  };
  const { state } = await start(engine, planOf(playbook, name));
  const ended = await until(engine, state.id, 'rolled-back');
  expect(ended.state.rollback).toMatchObject({ by: { kind: 'bot' }, reason: 'errors 5 %' });
  await expect.poll(async () => (await engine.rollouts.environment(name)).claimedBy).toBeUndefined();
  const claims = await engine.redis.lrange(keys.environment(name), 0, -1);
  expect(claims.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
    'environment.claimed',
    'environment.released',
    'environment.claimed',
    'environment.released',
  ]);
});
