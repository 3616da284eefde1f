import { afterEach, describe, expect, test } from 'vitest';
import type { Fact } from '../../src/core/rollout/event.ts';
import type { Plan } from '../../src/core/rollout/plan.ts';
import { statusOf } from '../../src/core/rollout/status.ts';
import { type AdvanceParts, createAdvance } from '../../src/jobs/advance.ts';
import { createLaunch } from '../../src/jobs/launch.ts';
import type { Perform } from '../../src/jobs/perform.ts';
import { createSumUp } from '../../src/jobs/sum-up.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { aborted, back, begun, done, failed, forApproval, noon, planOf, waits } from '../rollout/journal.ts';
import { hang } from '../support/kinds.ts';
import { type MemoryJournals, memoryJournals } from './memory-journals.ts';

const clock = { time: noon, now: () => clock.time };
const under: Promise<void>[] = [];
let journals: MemoryJournals;

afterEach(async () => {
  clock.time = noon;
  await Promise.all(under.splice(0));
});

const step = (id: string) => ({ id, uses: 'note' });
const phase = (parallel: boolean, ...ids: string[]) =>
  planOf({ phases: [{ name: 'only', parallel, steps: ids.map(step) }], rollback: [step('undo')] });

/** Begins to advance a rollout; `perform` gets the step's id, and how it is carried on. */
function advancing(
  plan: Plan,
  perform: (step: string, signal: AbortSignal, mode: string) => Promise<readonly Fact[]>,
  options: Partial<AdvanceParts> & { facts?: Fact[]; startAt?: number; stopping?: AbortSignal } = {},
) {
  const { facts = [], startAt, stopping, ...parts } = options;
  journals = memoryJournals(plan, clock, startAt === undefined ? {} : { startAt });
  journals.people(facts);
  const performed: string[] = [];
  const performing: Perform = (_session, work, signal) => {
    performed.push(`${work.mode} ${work.step}`);
    return perform(work.step, signal, work.mode);
  };
  const advance = createAdvance({
    journals,
    clock: clock as Clock,
    onChange: journals.onChange,
    perform: performing,
    launch: createLaunch(async () => ({ facts: [] })),
    look: async () => Promise.reject(new Error('this test has no watch')),
    sumUp: createSumUp({ journals, clock, onError: () => undefined }),
    takeBack: async () => [],
    ...parts,
  });
  const ended = advance(journals.id, stopping);
  under.push(ended.catch(() => undefined));
  return { performed, ended, advance };
}

const status = () => statusOf(journals.now().plan, journals.now().state);

describe('an advance', () => {
  test('runs to the end, gives the lease back without a time, and listens no more', async () => {
    const { performed, ended } = advancing(phase(false, 'a', 'b'), async (id) => [done(id)]);
    await ended;
    expect(performed).toEqual(['start a', 'start b']);
    expect(status()).toBe('succeeded');
    expect(journals.calls).toMatchObject({ append: 3, rests: [undefined] });
    expect([journals.leased(), journals.listening()]).toEqual([false, 0]);
  });

  test('loses nothing of a step that ends while the outcome of its sibling is being written', async () => {
    const gates = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() };
    const { performed, ended } = advancing(phase(true, 'a', 'b'), async (id) => {
      await gates[id as 'a' | 'b'].promise;
      return [done(id)];
    });
    await expect.poll(() => performed.length).toBe(2);
    journals.duringAppend = async () => {
      journals.duringAppend = undefined;
      gates.b.resolve();
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    };
    gates.a.resolve();
    await ended;
    expect(performed).toEqual(['start a', 'start b']);
    expect(status()).toBe('succeeded');
  });

  test('decides again behind what people wrote, without forgetting what came out', async () => {
    const { performed, ended } = advancing(phase(false, 'a', 'b'), async (id) => {
      journals.duringAppend = () => {
        journals.duringAppend = undefined;
        journals.people([{ type: 'rollout.paused', data: {} }]);
      };
      return [done(id)];
    });
    await ended;
    expect(performed).toEqual(['start a']);
    expect(journals.types().slice(-2)).toEqual(['rollout.paused', 'step.succeeded a']);
    expect(status()).toBe('paused');
  });

  test('stops at once when the lease is lost, and writes nothing of what was under way', async () => {
    const signals: AbortSignal[] = [];
    const { ended } = advancing(phase(false, 'a'), (_id, signal) => {
      signals.push(signal);
      return hang(signal);
    });
    await expect.poll(() => signals.length).toBe(1);
    journals.takeOver([{ type: 'rollout.paused', data: {} }]);
    await ended;
    expect(signals[0]?.aborted).toBe(true);
    expect(journals.types().at(-1)).toBe('rollout.paused');
    expect(journals.leased()).toBe(true);
  });

  test('that breaks keeps nothing running', async () => {
    const { ended } = advancing(phase(true, 'a', 'b'), async (id, signal) =>
      id === 'a' ? Promise.reject(new Error('a fault of ours')) : hang(signal),
    );
    await expect(ended).rejects.toThrow('a fault of ours');
    expect(journals.listening()).toBe(0);
  });

  test('takes up what a crash left', async () => {
    const { performed, ended } = advancing(phase(false, 'a'), async (id) => [done(id)], {
      facts: [begun('a')],
    });
    await ended;
    expect(performed).toEqual(['recover a']);
  });

  test('does nothing where another worker is at it', async () => {
    const { performed, advance, ended } = advancing(phase(false, 'a'), (_id, signal) => hang(signal));
    await expect.poll(() => performed.length).toBe(1);
    await advance(journals.id);
    expect(performed).toEqual(['start a']);
    journals.people([aborted]);
    await ended;
  });
});

describe('a rollback', () => {
  test('interrupts what is at work, takes a new epoch, and begins', async () => {
    const { performed, ended } = advancing(phase(true, 'a', 'b'), async (id, signal) =>
      id === 'undo' ? [done(id)] : hang(signal),
    );
    await expect.poll(() => performed.length).toBe(2);
    journals.people([back]);
    await ended;
    expect(performed).toEqual(['start a', 'start b', 'start undo']);
    const undo = journals
      .events()
      .find((event) => event.type === 'step.started' && event.data.step === 'undo');
    expect(undo?.data).toMatchObject({ epoch: 2 });
    expect(status()).toBe('rolled-back');
  });

  test('does not wait for a look of the watch', async () => {
    const looking: AbortSignal[] = [];
    const plan = planOf({
      phases: [{ name: 'only', steps: [step('a')] }],
      rollback: [step('undo')],
      hypercare: { window: '1h', watch: { with: {} } },
    });
    const { performed, ended } = advancing(plan, async (id) => [done(id)], {
      look: (_session, signal) => {
        looking.push(signal);
        return hang(signal);
      },
    });
    await expect.poll(() => looking.length).toBe(1);
    journals.people([back]);
    await ended;
    expect(performed).toEqual(['start a', 'start undo']);
    expect(status()).toBe('rolled-back');
  });

  test('asked for during an abort goes before it', async () => {
    const { performed, ended } = advancing(phase(false, 'a'), async (id) => [done(id)], {
      facts: [begun('a'), aborted, back],
    });
    await ended;
    expect(performed).toEqual(['start undo']);
    expect(journals.types()).toContain('step.interrupted a');
    expect(status()).toBe('rolled-back');
  });
});

describe('what an earlier worker left at work', () => {
  const recorded = (id: string): Fact => ({
    type: 'step.interrupted',
    data: { step: id, why: 'Interrupted by the rollback. Job x is taken away' },
  });

  test.each([
    ['a rollback', back, 'rolled-back'],
    ['an abort', aborted, 'aborted'],
  ])('is ended once by %s, before anything else', async (_name, overtaking, end) => {
    const order: string[] = [];
    const { ended } = advancing(
      phase(true, 'a', 'b'),
      async (id) => {
        order.push(`start ${id}`);
        return [done(id)];
      },
      {
        facts: [begun('a'), begun('b'), failed('b'), overtaking],
        takeBack: async (_session, id) => {
          order.push(`end ${id}`);
          return id === 'a' ? [recorded('a')] : [];
        },
      },
    );
    await ended;
    expect(order).toEqual(['end a', 'end b', ...(end === 'aborted' ? [] : ['start undo'])]);
    expect(journals.types().filter((type) => type === 'step.interrupted a')).toHaveLength(1);
    expect(journals.now().state.steps.a?.summary).toBe('Interrupted by the rollback. Job x is taken away');
    expect(status()).toBe(end);
  });

  test('is ended also where the rollback comes while the next turn is written', async () => {
    const order: string[] = [];
    const { ended } = advancing(
      phase(true, 'a', 'b'),
      async (id) => {
        order.push(`start ${id}`);
        return [done(id)];
      },
      {
        facts: [begun('a')],
        takeBack: async (_session, id) => {
          order.push(`end ${id}`);
          return [];
        },
      },
    );
    journals.duringAppend = () => {
      journals.duringAppend = undefined;
      journals.people([back]);
    };
    await ended;
    expect(order).toEqual(['end a', 'start undo']);
    expect(status()).toBe('rolled-back');
  });

  test('comes after what is at work here was stopped', async () => {
    const order: string[] = [];
    const { ended } = advancing(
      phase(false, 'a'),
      async (id, signal) => {
        if (id === 'undo') return [done(id)];
        return hang(signal).finally(() => order.push('stopped'));
      },
      {
        takeBack: async (_session, id) => {
          order.push(`end ${id}`);
          return [];
        },
      },
    );
    await expect.poll(() => journals.types()).toContain('step.started a');
    journals.people([back]);
    await ended;
    expect(order).toEqual(['stopped', 'end a']);
    expect(status()).toBe('rolled-back');
  });
});

describe('answers that come while a step looks', () => {
  test('are looked at afterwards, though the look ends in waiting on', async () => {
    const looks: number[] = [];
    const { ended } = advancing(
      phase(false, 'a'),
      async (id) => {
        const seen = journals.now().state.steps[id]?.answers.length ?? 0;
        looks.push(seen);
        if (seen === 1) journals.people([{ type: 'step.answered', data: { step: id, answer: 'approve' } }]);
        return seen < 2 ? [waits(id, forApproval(), seen)] : [done(id)];
      },
      {
        facts: [
          begun('a'),
          waits('a', forApproval()),
          { type: 'step.answered', data: { step: 'a', answer: 'approve' } },
        ],
      },
    );
    await ended;
    expect(looks).toEqual([1, 2]);
    expect(status()).toBe('succeeded');
  });
});

describe('a stop of the worker', () => {
  test('lets the step that is at work end, begins nothing more, and hands the rollout over', async () => {
    const stopping = new AbortController();
    const gate = Promise.withResolvers<void>();
    const { performed, ended } = advancing(
      phase(false, 'a', 'b'),
      async (id) => {
        await gate.promise;
        return [done(id)];
      },
      { stopping: stopping.signal },
    );
    await expect.poll(() => performed.length).toBe(1);
    stopping.abort();
    gate.resolve();
    await ended;
    expect(performed).toEqual(['start a']);
    expect(journals.types().at(-1)).toBe('step.succeeded a');
    expect(journals.calls.rests).toEqual([noon]);
  });

  test('does not wait for a step that a rollback stops', async () => {
    const stopping = new AbortController();
    const { performed, ended } = advancing(phase(false, 'a'), (_id, signal) => hang(signal), {
      stopping: stopping.signal,
    });
    await expect.poll(() => performed.length).toBe(1);
    stopping.abort();
    journals.people([back]);
    await ended;
    expect(performed).toEqual(['start a']);
    expect(journals.leased()).toBe(false);
  });
});

describe('the watch of the hypercare', () => {
  const plan = planOf({
    phases: [{ name: 'only', steps: [step('a')] }],
    hypercare: { window: '1h', watch: { with: {} } },
  });

  test('looks when it is due, and in between the rollout rests', async () => {
    let looks = 0;
    const look = async () => {
      looks += 1;
      return clock.now() + 15_000;
    };
    const { ended, advance } = advancing(plan, async (id) => [done(id)], { look });
    await ended;
    expect([looks, journals.calls.rests]).toEqual([1, [noon + 15_000]]);
    clock.time += 15_000;
    await advance(journals.id);
    expect(journals.calls.rests.at(-1)).toBe(noon + 30_000);
  });

  test('ends with its window', async () => {
    const look = async () => clock.now() + 15_000;
    const { ended, advance } = advancing(plan, async (id) => [done(id)], { look });
    await ended;
    clock.time += 3_600_000;
    await advance(journals.id);
    expect(status()).toBe('succeeded');
    expect(journals.calls.rests.at(-1)).toBeUndefined();
  });
});

describe('a scheduled rollout', () => {
  const startAt = noon + 60_000;

  test('rests until its time, claims the environment then, and runs', async () => {
    const { ended, advance, performed } = advancing(phase(false, 'a'), async (id) => [done(id)], { startAt });
    journals.environment = {};
    await ended;
    expect(journals.calls.rests).toEqual([startAt]);
    expect(performed).toEqual([]);
    clock.time = startAt;
    await advance(journals.id);
    expect(performed).toEqual(['start a']);
    expect(journals.environment.newest).toBe(journals.id);
    expect(status()).toBe('succeeded');
  });

  test('is aborted with the reason when another rollout has the environment at its time', async () => {
    const { ended, advance, performed } = advancing(phase(false, 'a'), async (id) => [done(id)], { startAt });
    await ended;
    journals.environment = { claimedBy: 'other-1', newest: 'other-1' };
    clock.time = startAt;
    await advance(journals.id);
    expect(performed).toEqual([]);
    expect(status()).toBe('aborted');
    expect(journals.now().state.aborted?.reason).toBe(
      'Not started: another rollout held the environment at the scheduled time',
    );
  });

  test('that was aborted before its time never starts', async () => {
    const { ended, advance, performed } = advancing(phase(false, 'a'), async (id) => [done(id)], { startAt });
    await ended;
    journals.people([aborted]);
    clock.time = startAt;
    await advance(journals.id);
    expect(performed).toEqual([]);
    expect(journals.types()).not.toContain('rollout.started');
    expect(journals.calls.rests.at(-1)).toBeUndefined();
  });

  test('is aborted with the reason when something stands against it at its time', async () => {
    const launch = createLaunch(async () => ({ refused: 'production is locked by Dan' }));
    const { ended, advance } = advancing(phase(false, 'a'), async (id) => [done(id)], { startAt, launch });
    await ended;
    clock.time = startAt;
    await advance(journals.id);
    expect(journals.now().state.aborted?.reason).toBe('Not started: production is locked by Dan');
  });
});
