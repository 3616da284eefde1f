import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { redactJson, redactor } from '../../src/core/redact.ts';
import type { Fact } from '../../src/core/rollout/event.ts';
import type { Work } from '../../src/core/rollout/next.ts';
import { createPerform } from '../../src/jobs/perform.ts';
import { openSession, type Session } from '../../src/jobs/session.ts';
import type { Cluster } from '../../src/ports/kubernetes.ts';
import type { Observation, StepKind, StepResult } from '../../src/ports/step.ts';
import { begun, forApproval, forTime, noon, planOf, waits } from '../rollout/journal.ts';
import { done, hang, kind } from '../support/kinds.ts';
import { worldForTest } from '../support/step-context.ts';
import { type MemoryJournals, memoryJournals } from './memory-journals.ts';

const clock = { time: noon, now: () => clock.time };
const secrets = new Map([['TOKEN', 'correct-horse-battery']]);
const secret = '${{ secrets.TOKEN }}';
const redact = redactor(secrets.values());
let journals: MemoryJournals;
let session: Session | undefined;

beforeEach(() => {
  clock.time = noon;
});
afterEach(() => session?.close());

interface Scene {
  step?: object;
  facts?: Fact[];
  mode?: 'start' | 'resume' | 'recover';
  signal?: AbortSignal;
  fetch?: typeof fetch;
  cluster?: Cluster;
  more?: readonly StepKind[];
}

/** Carries on step `a`, which uses this kind, and answers what came out. */
async function perform(made: StepKind | undefined, scene: Scene = {}): Promise<Fact[]> {
  const { step = {}, facts = [begun('a')], mode = 'start', signal = new AbortController().signal } = scene;
  const plan = planOf({ phases: [{ name: 'only', steps: [{ id: 'a', uses: 'made', ...step }] }] });
  journals = memoryJournals(plan, clock);
  journals.people(facts);
  const opened = await openSession(journals, clock, journals.id);
  if (!opened) throw new Error('the lease is free');
  session = opened;
  const performing = createPerform({
    kinds: new Map(made ? [['made', made]] : []),
    journals,
    rollouts: { list: async () => [], events: async () => [...journals.events()] },
    world: worldForTest({
      ...(scene.fetch ? { fetch: scene.fetch } : {}),
      ...(scene.cluster ? { kubernetes: () => scene.cluster as Cluster } : {}),
    }),
    clock,
    timezone: () => 'UTC',
    newNonce: () => 'nonce',
    secret: async (name) => secrets.get(name),
    redact: (fact) => redactJson(fact, redact) as Fact,
    grace: 20,
  });
  const work: Work = mode === 'start' ? { mode, step: 'a', attempt: 1, input: {} } : { mode, step: 'a' };
  return [...(await performing(opened, work, signal))];
}

const broken = async (): Promise<StepResult> => Promise.reject(new Error('no reply'));

describe('a step that was under way when its worker died', () => {
  type Effect = StepKind['effect'];
  const seen: Record<string, Observation> = {
    present: { effect: 'present', summary: 'it is there', output: 1 },
    absent: { effect: 'absent' },
    unknown: { effect: 'unknown', known: ['the Job is gone'] },
  };
  const cases: [Effect, keyof typeof seen | 'none', boolean, string, number][] = [
    ['none', 'none', false, 'step.succeeded', 1],
    ['repeatable', 'none', false, 'step.succeeded', 1],
    ['repeatable', 'present', false, 'step.succeeded', 1],
    ['once', 'none', false, 'step.doubted', 0],
    ['once', 'none', true, 'step.succeeded', 1],
    ['once', 'present', false, 'step.succeeded', 0],
    ['once', 'absent', false, 'step.succeeded', 1],
    ['once', 'unknown', false, 'step.doubted', 0],
  ];

  test.each(cases)('effect %s, observed %s, called repeatable %s: %s after %i runs', async (...row) => {
    const [effect, observation, repeatable, want, runs] = row;
    let ran = 0;
    const run = async () => {
      ran += 1;
      return done();
    };
    const found = seen[observation];
    const made = kind('made', run, { effect, ...(found ? { observe: async () => found } : {}) });
    const [fact] = await perform(made, { mode: 'recover', step: { repeatable } });
    expect([fact?.type, ran]).toEqual([want, runs]);
    const begins = journals.types().filter((type) => type === 'step.started a');
    expect(begins).toHaveLength(1 + runs);
  });

  test('says when its effect was found, and does not count it as another attempt', async () => {
    const made = kind('made', broken, { effect: 'once', observe: async () => seen.present as Observation });
    const [fact] = await perform(made, { mode: 'recover' });
    expect(fact?.data).toEqual({ step: 'a', summary: 'it is there', output: 1, observed: true });
    await perform(
      kind('made', async () => done()),
      { mode: 'recover' },
    );
    expect(journals.events().at(-1)).toMatchObject({ type: 'step.started', data: { attempt: 1, epoch: 1 } });
  });

  test('goes on waiting from where its effect was found, without another run', async () => {
    const waiting = forTime(noon + 5_000);
    const observe = async (): Promise<Observation> => ({ effect: 'begun', waiting, state: { run: 812 } });
    const [fact] = await perform(kind('made', broken, { effect: 'once', observe }), { mode: 'recover' });
    expect(fact).toEqual({ type: 'step.waiting', data: { step: 'a', waiting, state: { run: 812 } } });
  });

  test('is in doubt when reading it back fails', async () => {
    const made = kind('made', broken, {
      effect: 'once',
      observe: async () => Promise.reject(new Error('503')),
    });
    const [fact] = await perform(made, { mode: 'recover' });
    expect(fact?.data).toMatchObject({ known: ['Reading it back failed: 503'] });
  });

  test('is in doubt when this worker does not know its kind, and failed when it had not begun', async () => {
    expect((await perform(undefined, { mode: 'recover' }))[0]?.type).toBe('step.doubted');
    expect((await perform(undefined, { mode: 'start' }))[0]?.type).toBe('step.failed');
  });

  test('is in doubt when its secret is gone, unless repeating it does no harm', async () => {
    const input = { token: '${{ secrets.GONE }}' };
    const facts: Fact[] = [{ type: 'step.started', data: { step: 'a', attempt: 1, epoch: 1, input } }];
    const once = kind('made', async () => done(), { effect: 'once' });
    const [doubt] = await perform(once, { mode: 'recover', facts });
    expect(doubt?.type).toBe('step.doubted');
    expect(JSON.stringify(doubt)).toContain('the secret GONE is not set on this worker');
    const again = kind('made', async () => done());
    expect((await perform(again, { mode: 'recover', facts }))[0]?.type).toBe('step.failed');
  });
});

describe('a step that breaks', () => {
  test('is tried again as the playbook says, counted from the last retry of a person', async () => {
    const step = { retry: { attempts: 2, delay: '5s' } };
    const retryAt = new Date(noon + 5_000).toISOString();
    expect((await perform(kind('made', broken), { step }))[0]?.data).toMatchObject({ retryAt });
    const second = [begun('a'), begun('a', 2)];
    expect((await perform(kind('made', broken), { step, facts: second }))[0]?.data).not.toHaveProperty(
      'retryAt',
    );
    const reset: Fact = { type: 'step.reset', data: { step: 'a' } };
    const asked = [begun('a', 2), reset, begun('a', 3)];
    expect((await perform(kind('made', broken), { step, facts: asked }))[0]?.data).toMatchObject({ retryAt });
  });

  test('is looked at before it is tried again, when it must not be repeated', async () => {
    const observe = async (): Promise<Observation> => ({ effect: 'present', summary: 'it is there' });
    const made = kind('made', broken, { effect: 'once', observe });
    expect((await perform(made, { step: { retry: { attempts: 3 } } }))[0]?.type).toBe('step.succeeded');
    const gone = kind('made', broken, { effect: 'once', observe: async () => ({ effect: 'absent' }) });
    expect((await perform(gone))[0]).toMatchObject({ type: 'step.failed', data: { summary: 'no reply' } });
  });

  test('ends at its time-out, also when it does not heed its signal', async () => {
    const deaf = kind('made', () => new Promise(() => undefined));
    const [fact] = await perform(deaf, { step: { timeout: '50ms' } });
    expect(fact?.data).toMatchObject({ summary: 'It did not end within 0.05 s' });
  });

  test('reaches the world no more after its time-out', async () => {
    const reached: string[] = [];
    const late = Promise.withResolvers<void>();
    const after = Promise.withResolvers<unknown>();
    const deaf = kind('made', async ({ world }) => {
      await world.fetch('http://first.test/');
      await late.promise;
      await world.fetch('http://second.test/').catch(after.resolve);
      return done();
    });
    const fetched = async (url: unknown) => {
      reached.push(String(url));
      return new Response();
    };
    await perform(deaf, { step: { timeout: '50ms' }, fetch: fetched as typeof fetch });
    late.resolve();
    expect(await after.promise).toMatchObject({ name: 'TimeoutError' });
    expect(reached).toEqual(['http://first.test/']);
  });

  test('changes nothing at a service after its time-out, whatever signal it gives', async () => {
    const reached: string[] = [];
    const late = Promise.withResolvers<void>();
    const after = Promise.withResolvers<PromiseSettledResult<unknown>[]>();
    const never = new AbortController().signal;
    const deaf = kind('made', async ({ world }) => {
      await late.promise;
      const { workflows, propose } = world.github({ kind: 'github', repository: 'a/b', token: secret });
      const dns = { kind: 'linode-dns', zone: 'a.example', token: secret };
      const proposal = { branch: 'x', base: 'main', path: 'x.md', title: 'x', body: 'x' };
      const tried = [
        workflows.dispatch({ workflow: 'ci.yaml', ref: 'main', inputs: {} }, never),
        workflows.cancel(1, never),
        propose({ ...proposal, change: (text) => text }, never),
        world.zones(dns).change([], never),
      ];
      after.resolve(await Promise.allSettled(tried));
      return done();
    });
    const fetched = async (url: unknown) => {
      reached.push(String(url));
      return new Response();
    };
    await perform(deaf, { step: { timeout: '50ms' }, fetch: fetched as typeof fetch });
    late.resolve();
    const ends = await after.promise;
    expect(ends.map((end) => end.status === 'rejected' && end.reason.name)).toEqual(
      ends.map(() => 'TimeoutError'),
    );
    expect(reached).toEqual([]);
  });

  test('gives up at once when it is stopped, and says nothing of its outcome', async () => {
    const control = new AbortController();
    const performing = perform(
      kind('made', (_context, signal) => hang(signal)),
      { signal: control.signal },
    );
    control.abort(new Error('rolled back'));
    await expect(performing).rejects.toThrow('rolled back');
  });

  test('by an outcome that the journal can not keep has failed, or is in doubt', async () => {
    const run = async () => done('done', Number.NaN as never);
    const [fact] = await perform(kind('made', run));
    expect(fact).toMatchObject({
      type: 'step.failed',
      data: { summary: expect.stringContaining("can't keep") },
    });
    expect((await perform(kind('made', run, { effect: 'once' })))[0]?.type).toBe('step.doubted');
  });

  test('with half a character in its output has still done what it did', async () => {
    const run = async () => done('half a \ud83d', { 'of \udd25': ['\ud83d'] });
    expect((await perform(kind('made', run, { effect: 'once' })))[0]).toMatchObject({
      type: 'step.succeeded',
      data: { summary: 'half a \ufffd', output: { 'of \ufffd': ['\ufffd'] } },
    });
  });

  test('by its input says what is wrong, without a secret in it', async () => {
    const input = { token: '${{ secrets.TOKEN }}' };
    const facts: Fact[] = [{ type: 'step.started', data: { step: 'a', attempt: 1, epoch: 1, input } }];
    const picky = kind('made', async () => done());
    const refusing: StepKind = {
      ...picky,
      input: picky.input.refine((given) => {
        throw new Error(`can't use ${JSON.stringify(given)}`);
      }),
    };
    const [fact] = await perform(refusing, { facts });
    expect(fact?.type).toBe('step.failed');
    expect(JSON.stringify(fact)).toContain('[redacted]');
    expect(JSON.stringify(fact)).not.toContain('correct-horse-battery');
  });
});

describe('a capture', () => {
  test('stands in the journal before it is given to the step', async () => {
    let standing: string[] = [];
    await perform(
      kind('made', async ({ capture }) => {
        await capture(async () => ({ host: 'blue' }));
        standing = journals.types();
        return done();
      }),
    );
    expect(standing.at(-1)).toBe('step.captured a');
  });

  test('is kept over attempts, and not read again', async () => {
    const before: Fact = { type: 'step.captured', data: { step: 'a', before: 'blue' } };
    const given: unknown[] = [];
    const made = kind('made', async ({ capture, captured }) => {
      given.push(captured, await capture(async () => 'green'));
      return done();
    });
    await perform(made, { facts: [begun('a'), before, begun('a', 2)] });
    expect(given).toEqual(['blue', 'blue']);
    expect(journals.types().filter((type) => type === 'step.captured a')).toHaveLength(1);
  });

  test('that holds a secret is refused, and the step fails without it', async () => {
    const made = kind('made', async ({ capture }) => {
      await capture(async () => ({ url: 'https://x.test/?token=correct-horse-battery' }));
      return done();
    });
    const [fact] = await perform(made);
    expect(fact?.data).toMatchObject({ summary: expect.stringContaining('holds a secret') });
    expect(journals.types()).not.toContain('step.captured a');
  });

  test('of a step that was stopped while it read is not kept', async () => {
    const control = new AbortController();
    const performing = perform(
      kind('made', async ({ capture }) => {
        await capture(async () => {
          control.abort(new Error('rolled back'));
          return 'blue';
        });
        return done();
      }),
      { signal: control.signal },
    );
    await expect(performing).rejects.toThrow('rolled back');
    expect(journals.types()).not.toContain('step.captured a');
  });
});

describe('a secret', () => {
  test('is given to the step, and redacted in what the step says', async () => {
    const input = { token: 'Bearer ${{ secrets.TOKEN }}' };
    const facts: Fact[] = [{ type: 'step.started', data: { step: 'a', attempt: 1, epoch: 1, input } }];
    const said: unknown[] = [];
    const made = kind('made', async ({ input: given, tail }) => {
      said.push(given.token);
      tail(`sent ${given.token}`);
      return done(`used ${given.token}`, { header: given.token ?? null });
    });
    const [fact] = await perform(made, { facts });
    expect(said).toEqual(['Bearer correct-horse-battery']);
    expect(JSON.stringify(fact)).not.toContain('correct-horse-battery');
    await expect.poll(() => journals.tails.length).toBe(1);
    expect(journals.tails.join()).toContain('[redacted]');
    expect(journals.tails.join()).not.toContain('correct-horse-battery');
  });
});

describe('a step that waits', () => {
  test('notes how many answers it has seen', async () => {
    const waiting = forTime(noon + 5);
    const made = kind('made', async ({ answers }) => {
      journals.people([{ type: 'step.answered', data: { step: 'a', answer: 'approve' } }]);
      return { status: 'waiting', waiting, state: answers.length };
    });
    const facts: Fact[] = [
      begun('a'),
      waits('a', forApproval()),
      { type: 'step.answered', data: { step: 'a', answer: 'approve' } },
    ];
    const [fact] = await perform(made, { mode: 'resume', facts });
    expect(fact).toEqual({ type: 'step.waiting', data: { step: 'a', waiting, state: 1, seen: 1 } });
  });
});

test('nothing reaches the world once the lease is lost', async () => {
  const reached: unknown[] = [];
  const made = kind('made', async ({ world }) => {
    journals.takeOver();
    clock.time += 60_000;
    await world.fetch('http://x.test/');
    return done();
  });
  const fetched = async (url: unknown) => {
    reached.push(url);
    return new Response();
  };
  await expect(perform(made, { fetch: fetched as typeof fetch })).rejects.toThrow(
    'the lease of test-1 is lost',
  );
  expect(reached).toEqual([]);
});

test.each(['create', 'apply', 'patch', 'remove'] as const)(
  'no %s reaches a cluster once the lease is lost',
  async (write) => {
    const reached: unknown[] = [];
    const reach = async (...given: unknown[]): Promise<never> => {
      reached.push(given);
      throw new Error('reached');
    };
    const cluster = { create: reach, apply: reach, patch: reach, remove: reach } as unknown as Cluster;
    const made = kind('made', async ({ world }, signal) => {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } };
      const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x' };
      const held = world.kubernetes({ kind: 'kubernetes' });
      journals.takeOver();
      clock.time += 60_000;
      if (write === 'create' || write === 'apply') await held[write](object, signal);
      else await held[write](ref, {}, signal);
      return done();
    });
    await expect(perform(made, { cluster })).rejects.toThrow('the lease of test-1 is lost');
    expect(reached).toEqual([]);
  },
);
