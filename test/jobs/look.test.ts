import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { statusOf } from '../../src/core/rollout/status.ts';
import { createLook, type Look, type Watch } from '../../src/jobs/look.ts';
import { openSession, type Session } from '../../src/jobs/session.ts';
import { aborted, back, iso, noon, planOf } from '../rollout/journal.ts';
import { hang } from '../support/kinds.ts';
import { type MemoryJournals, memoryJournals } from './memory-journals.ts';

type Seen = Awaited<ReturnType<Watch>>;

const clock = { time: noon, now: () => clock.time };
const quiet = new AbortController().signal;
let journals: MemoryJournals;
let session: Session;
let errors: unknown[];
let seen: () => Promise<Seen>;
let given: unknown[];
let look: Look;

afterEach(() => session?.close());

/** A rollout in its hypercare, whose watch finds what the test says. */
async function inHypercare(hypercare: object = {}): Promise<void> {
  const plan = planOf({
    phases: [{ name: 'only', steps: [{ id: 'a', uses: 'note' }] }],
    rollback: [{ id: 'undo', uses: 'note' }],
    hypercare: { window: '1h', watch: { with: { limit: '${{ 1 + 1 }}' } }, ...hypercare },
  });
  journals = memoryJournals(plan, clock);
  journals.people([
    { type: 'hypercare.started', data: { until: iso(noon + 3_600_000) } },
    { type: 'rollout.released', data: {} },
  ]);
  journals.environment = { newest: journals.id };
  const opened = await openSession(journals, clock, journals.id);
  if (!opened) throw new Error('the lease is free');
  session = opened;
  look = createLook({
    journals,
    clock,
    onError: (error) => errors.push(error),
    watch: async (input, kept) => {
      given.push({ input, kept });
      return seen();
    },
  });
}

beforeEach(async () => {
  errors = [];
  given = [];
  await inHypercare();
});

const finds = (verdict: Seen['verdict'], summary = 'errors 5 %'): Seen => ({
  kept: { cycle: given.length },
  verdict,
  summary,
  next: noon + 15_000,
});
const watchFinds = (...args: Parameters<typeof finds>): Promise<number> => {
  seen = async () => finds(...args);
  return look(session, quiet);
};
const told = () => journals.types().filter((type) => /^(hypercare\.(n|c)|rollback)/.test(type));
const status = () => statusOf(journals.now().plan, journals.now().state);

describe('a look', () => {
  test('gives the watch its input and what it kept, and says when to look next', async () => {
    expect(await watchFinds('pass')).toBe(noon + 15_000);
    await watchFinds('pass');
    expect(given).toEqual([
      { input: { limit: 2 }, kept: undefined },
      { input: { limit: 2 }, kept: { cycle: 1 } },
    ]);
  });

  test('tells a finding once, and once more when it is over', async () => {
    for (const verdict of [
      'pass',
      'fail',
      'fail',
      'inconclusive',
      'ongoing',
      'fail',
      'pass',
      'pass',
    ] as const)
      await watchFinds(verdict);
    expect(told()).toEqual(['hypercare.noticed', 'hypercare.cleared']);
    await watchFinds('fail');
    expect(told()).toEqual(['hypercare.noticed', 'hypercare.cleared', 'hypercare.noticed']);
  });

  test('that can not be had is told to the log, and tried again', async () => {
    seen = async () => Promise.reject(new Error('503'));
    expect(await look(session, quiet)).toBe(noon + 15_000);
    expect(errors).toEqual([new Error('503')]);
    expect(told()).toEqual([]);
  });

  test('whose input can not be known is told to the log too', async () => {
    await inHypercare({ watch: { with: { limit: '${{ steps.a.output.none }}' } } });
    expect(await watchFinds('fail')).toBe(noon + 15_000);
    expect(String(errors[0])).toContain("test-1: the watch can't look: hypercare.watch");
    expect(given).toEqual([]);
  });

  test('that is broken off tells nothing and keeps nothing', async () => {
    const control = new AbortController();
    seen = () => hang(control.signal);
    const looking = look(session, control.signal);
    control.abort(new Error('rolled back'));
    await expect(looking).rejects.toThrow('rolled back');
    expect([told(), journals.watched, errors]).toEqual([[], undefined, []]);
  });

  test.each([
    ['rolled back', back],
    ['aborted', aborted],
    ['over', { type: 'rollout.succeeded', data: {} } as const],
  ])('at a rollout that was %s meanwhile tells nothing', async (_name, fact) => {
    seen = async () => {
      journals.people([fact]);
      return finds('fail');
    };
    await look(session, quiet);
    expect(journals.types().at(-1)).toBe(fact.type);
  });
});

describe('a finding', () => {
  beforeEach(() => inHypercare({ onFailure: 'rollback' }));

  test('rolls back where the playbook says so, and claims the environment again with it', async () => {
    await watchFinds('fail');
    expect(told()).toEqual(['hypercare.noticed', 'rollback.requested']);
    expect(journals.environment.claimedBy).toBe(journals.id);
    expect(journals.now().state.rollback).toMatchObject({ by: { kind: 'bot' }, reason: 'errors 5 %' });
  });

  test.each([
    ['has', { claimedBy: 'other-1', newest: 'other-1' }],
    ['had', { newest: 'other-1' }],
  ])(
    'rolls nothing back when a newer rollout %s the environment, and says so',
    async (_name, environment) => {
      journals.environment = environment;
      await watchFinds('fail');
      await watchFinds('fail');
      expect(told()).toEqual(['hypercare.noticed']);
      expect(journals.now().state.hypercare?.finding?.summary).toBe(
        'errors 5 %; not rolled back, because a newer rollout has claimed the environment',
      );
      expect(journals.environment).toEqual(environment);
      expect(status()).toBe('hypercare');
    },
  );

  test('that is over claims nothing', async () => {
    journals.environment = { claimedBy: 'other-1', newest: 'other-1' };
    await watchFinds('fail');
    await watchFinds('pass');
    expect(told()).toEqual(['hypercare.noticed', 'hypercare.cleared']);
  });
});
