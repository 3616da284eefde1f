import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '../../src/core/rollout/actor.ts';
import { verifyChain } from '../../src/core/rollout/chain.ts';
import type { Fact } from '../../src/core/rollout/event.ts';
import { planDigest } from '../../src/core/rollout/plan.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Recorded, Rollout, Rollouts } from '../../src/ports/rollouts.ts';
import { alice, bob, planOf } from '../support/engine.ts';

/** The rollouts under the contract: those in Redis, or those of the tests in memory. */
export interface RolloutsUnderTest {
  rollouts: Rollouts;
  stop(): Promise<void>;
}

const plan = (environment: string) =>
  planOf({ phases: [{ name: 'only', steps: [{ id: 'one', uses: 'note' }] }] }, environment);

const busy = {
  reason: 'environment-busy',
  what: 'Not started.',
  why: 'It is taken.',
  next: 'Wait.',
} as const;
const paused = (reason: string): Fact => ({ type: 'rollout.paused', data: { reason } });
const ended: Fact[] = [
  { type: 'rollout.aborted', data: {} },
  { type: 'rollout.released', data: {} },
];

const made = (recorded: Recorded): Rollout => {
  if ('refusal' in recorded) throw new Error(recorded.refusal.why);
  return recorded.rollout;
};

/** A clock that never says the same time twice, unless it is stopped. */
function ticking() {
  let now = Date.parse('2026-11-23T10:00:00.000Z');
  let step = 1_000;
  return {
    now: () => {
      now += step;
      return now;
    },
    stop: () => {
      step = 0;
    },
    goOn: () => {
      step = 1_000;
    },
  };
}

/** What every implementation of the rollouts must do. Each test has its own environment and ids. */
export function rolloutsContract(name: string, open: (clock: Clock) => Promise<RolloutsUnderTest>): void {
  describe(`${name} keep the contract of rollouts`, () => {
    const clock = ticking();
    let under: RolloutsUnderTest;
    let places = 0;
    beforeAll(async () => {
      under = await open(clock);
    });
    afterEach(clock.goOn);
    afterAll(() => under.stop());

    const place = () => {
      places += 1;
      return `place-${places}`;
    };
    const begin = async (environment: string, extra: { short?: string; startAt?: string } = {}) => {
      const { short = environment, ...given } = extra;
      const planned = {
        plan: plan(environment),
        digest: planDigest(plan(environment)),
        channels: [],
        ...given,
      };
      return under.rollouts.create(short, alice, planned, (state, id) =>
        state.claimedBy !== undefined
          ? { refusal: busy }
          : { environment: given.startAt ? [] : [{ type: 'environment.claimed', data: { rollout: id } }] },
      );
    };
    const begun = async (...given: Parameters<typeof begin>) => made(await begin(...given));
    const record = (id: string, facts: Fact[], actor: Actor = bob) =>
      under.rollouts.record(id, actor, () => ({ facts }));
    const types = async (id: string) => (await under.rollouts.events(id)).map(({ type }) => type);

    describe('create', () => {
      it('numbers the rollouts of a short name from 1, whatever their environment', async () => {
        const [one, two] = [place(), place()];
        const ids = [
          await begun(one, { short: 'numbered' }),
          await begun(two, { short: 'numbered' }),
          await begun(place(), { short: 'other-numbered' }),
        ].map(({ state }) => state.id);
        expect(ids).toEqual(['numbered-1', 'numbered-2', 'other-numbered-1']);
      });

      it('starts it at once, as the person who asked, and answers what is found afterwards', async () => {
        const rollout = await begun(place());
        const events = await under.rollouts.events(rollout.state.id);
        expect(events.map(({ type, seq, actor }) => [type, seq, actor])).toEqual([
          ['rollout.planned', 1, alice],
          ['rollout.started', 2, alice],
        ]);
        expect(verifyChain(events)).toEqual({ ok: true, head: rollout.state.head });
        expect(rollout.state.startedBy).toEqual(alice);
        expect(await under.rollouts.find(rollout.state.id)).toEqual(rollout);
      });

      it('leaves one that is scheduled unstarted', async () => {
        const { state } = await begun(place(), { startAt: '2026-11-24T10:00:00.000Z' });
        expect(await types(state.id)).toEqual(['rollout.planned']);
        expect(state.startAt).toBe('2026-11-24T10:00:00.000Z');
        expect(state.startedAt).toBeUndefined();
      });

      it('claims the environment in the same step', async () => {
        const here = place();
        const { state } = await begun(here);
        expect(await under.rollouts.environment(here)).toMatchObject({
          claimedBy: state.id,
          newest: state.id,
        });
      });

      it('makes nothing where it is refused', async () => {
        const here = place();
        const { state } = await begun(here);
        const before = await under.rollouts.environment(here);
        expect(await begin(here)).toEqual({ refusal: busy });
        expect((await under.rollouts.list({ environment: here })).map((made) => made.state.id)).toEqual([
          state.id,
        ]);
        expect(await under.rollouts.environment(here)).toEqual(before);
      });

      it('gives an environment to one of ten at once', async () => {
        const here = place();
        const answers = await Promise.all(Array.from({ length: 10 }, () => begin(here)));
        const started = answers.flatMap((answer) => ('rollout' in answer ? [answer.rollout.state.id] : []));
        expect(started).toHaveLength(1);
        expect((await under.rollouts.environment(here)).claimedBy).toBe(started[0]);
        expect(await under.rollouts.list({ environment: here })).toHaveLength(1);
      });
    });

    describe('record', () => {
      it('decides each of ten at once on exactly the state that it is recorded after', async () => {
        const { state } = await begun(place());
        const answers = await Promise.all(
          Array.from({ length: 10 }, () =>
            under.rollouts.record(state.id, bob, (now) => ({ facts: [paused(`after ${now.state.seq}`)] })),
          ),
        );
        expect(new Set(answers.map((answer) => made(answer).state.seq)).size).toBe(10);
        const events = await under.rollouts.events(state.id, 2);
        expect(events.map(({ data }) => ('reason' in data ? data.reason : undefined))).toEqual(
          events.map(({ seq }) => `after ${seq - 1}`),
        );
        expect(events).toHaveLength(10);
      });

      it.each([
        ['', () => undefined],
        [', also within the same millisecond', clock.stop],
      ])('asks a decision that was overtaken again: of ten at once one is done%s', async (_, prepare) => {
        const { state } = await begun(place());
        prepare();
        const answers = await Promise.all(
          Array.from({ length: 10 }, () =>
            under.rollouts.record(state.id, bob, (now) =>
              now.state.paused ? { refusal: busy } : { facts: [paused('once')] },
            ),
          ),
        );
        expect(answers.filter((answer) => 'rollout' in answer)).toHaveLength(1);
        expect(await types(state.id)).toEqual(['rollout.planned', 'rollout.started', 'rollout.paused']);
      });

      it('writes nothing where it is refused', async () => {
        const { state } = await begun(place());
        const before = await under.rollouts.find(state.id);
        const answer = await under.rollouts.record(state.id, bob, () => ({ refusal: busy }));
        expect(answer).toEqual({ refusal: busy });
        expect(await under.rollouts.find(state.id)).toEqual(before);
      });

      it('refuses a rollout that does not exist, without asking', async () => {
        let asked = 0;
        const answer = await under.rollouts.record('nobody-1', bob, () => {
          asked += 1;
          return { facts: [] };
        });
        expect(answer).toMatchObject({ refusal: { reason: 'unknown-rollout' } });
        expect(asked).toBe(0);
        expect(await under.rollouts.find('nobody-1')).toBeUndefined();
      });

      it('decides first on what was asked for ahead, and then on what stands', async () => {
        const { state } = await begun(place());
        await record(state.id, [paused('first')]);
        const asked = under.rollouts.standing(state.id, 2);
        expect(await asked).toMatchObject({ rollout: { state: { seq: 3 } }, since: [{ seq: 3 }] });
        await record(state.id, [paused('second')]);
        const seen: number[][] = [];
        const decide = (now: Rollout, _: unknown, since: readonly { seq: number }[]) => {
          seen.push([now.state.seq, ...since.map(({ seq }) => seq)]);
          return { facts: [paused('third')] };
        };
        const answer = await under.rollouts.record(state.id, bob, decide, 2, asked);
        expect(seen).toEqual([
          [3, 3],
          [4, 3, 4],
        ]);
        expect(made(answer).state.seq).toBe(5);
        expect(verifyChain(await under.rollouts.events(state.id))).toMatchObject({ ok: true });
      });

      it('finds ahead that there is no such rollout, and refuses it', async () => {
        const asked = under.rollouts.standing('nobody-2');
        expect(await asked).toBeUndefined();
        const answer = await under.rollouts.record('nobody-2', bob, () => ({ facts: [] }), undefined, asked);
        expect(answer).toMatchObject({ refusal: { reason: 'unknown-rollout' } });
      });

      it("writes the environment's journal in the same step, decided on exactly its state", async () => {
        const here = place();
        const { state } = await begun(here);
        await Promise.all([
          ...Array.from({ length: 5 }, () =>
            under.rollouts.record(state.id, bob, (now, environment) => ({
              facts: [paused(`after ${now.state.seq}`)],
              environment: [{ type: 'environment.locked', data: { reason: `after ${environment.seq}` } }],
            })),
          ),
          ...Array.from({ length: 5 }, () =>
            under.rollouts.recordEnvironment(here, alice, ({ seq }) => ({
              facts: [{ type: 'environment.locked', data: { reason: `after ${seq}` } }],
            })),
          ),
        ]);
        const { seq, lock } = await under.rollouts.environment(here);
        expect({ seq, reason: lock?.reason }).toEqual({ seq: 11, reason: 'after 10' });
        expect(await types(state.id)).toHaveLength(7);
      });

      it('writes all or nothing: a fact that does not fit is a fault', async () => {
        const here = place();
        const { state } = await begun(here);
        const before = [await under.rollouts.find(state.id), await under.rollouts.environment(here)];
        const freeze = { freeze: 'f1', from: 'tomorrow', to: 'later', reason: 'x' };
        await expect(
          under.rollouts.record(state.id, bob, () => ({
            facts: [paused('half')],
            environment: [{ type: 'environment.frozen', data: freeze }],
          })),
        ).rejects.toThrow();
        expect([await under.rollouts.find(state.id), await under.rollouts.environment(here)]).toEqual(before);
      });
    });

    describe('a newer rollout', () => {
      const last = async (id: string) => (await under.rollouts.events(id)).at(-1);
      const released: Fact = { type: 'rollout.released', data: {} };
      const hypercare: Fact = { type: 'hypercare.started', data: { until: '2026-11-24T10:00:00.000Z' } };
      /** A rollout that gave its environment back. */
      const left = async (here: string, ...facts: Fact[]) => {
        const { state } = await begun(here);
        await under.rollouts.record(state.id, bob, () => ({
          facts: [...facts, released],
          environment: [{ type: 'environment.released', data: { rollout: state.id } }],
        }));
        return state.id;
      };

      it.each([
        ['in hypercare', [hypercare]],
        ['that was aborted', [{ type: 'rollout.aborted', data: {} }]],
      ] as [string, Fact[]][])('supersedes the one before it %s, in the same step', async (_, facts) => {
        const here = place();
        const older = await left(here, ...facts);
        const heard: string[] = [];
        const stop = under.rollouts.onChange((id) => heard.push(id));
        const newer = await begun(here);
        expect(await last(older)).toMatchObject({
          type: 'rollout.superseded',
          data: { by: newer.state.id },
          actor: alice,
        });
        const found = await under.rollouts.find(older);
        expect(found?.state.supersededBy).toBe(newer.state.id);
        expect(verifyChain(await under.rollouts.events(older))).toEqual({
          ok: true,
          head: found?.state.head,
        });
        await expect.poll(() => heard).toEqual(expect.arrayContaining([older, newer.state.id]));
        stop();
      });

      it('supersedes it when it claims later than it was planned', async () => {
        const here = place();
        const newer = await begun(here, { startAt: '2026-11-24T10:00:00.000Z' });
        const older = await left(here, hypercare);
        expect((await last(older))?.type).toBe('rollout.released');
        await under.rollouts.record(newer.state.id, bob, () => ({
          facts: [{ type: 'rollout.started', data: {} }],
          environment: [{ type: 'environment.claimed', data: { rollout: newer.state.id } }],
        }));
        expect(await last(older)).toMatchObject({ data: { by: newer.state.id }, actor: bob });
      });

      it('changes nothing for one that could not be rolled back any more', async () => {
        const here = place();
        const older = await left(here, hypercare, { type: 'rollout.succeeded', data: {} });
        const back = [
          { type: 'rollback.requested', data: { reason: 'x' } },
          { type: 'rollback.finished', data: {} },
        ] satisfies Fact[];
        const undone = await left(here, ...back);
        await begun(here);
        expect((await last(older))?.type).toBe('rollout.released');
        expect((await last(undone))?.type).toBe('rollout.released');
      });

      it('that is refused supersedes nobody, nor does the rollback of the newest itself', async () => {
        const here = place();
        const older = await left(here, hypercare);
        await under.rollouts.record(older, bob, () => ({
          facts: [{ type: 'rollback.requested', data: { reason: 'x' } }],
          environment: [{ type: 'environment.claimed', data: { rollout: older } }],
        }));
        expect(await begin(here)).toEqual({ refusal: busy });
        expect((await last(older))?.type).toBe('rollback.requested');
      });

      it('of ten at once supersedes it once, whatever is written into its journal meanwhile', async () => {
        const here = place();
        const older = await left(here, hypercare);
        const [answers] = await Promise.all([
          Promise.all(Array.from({ length: 10 }, () => begin(here))),
          ...Array.from({ length: 10 }, (_, index) => record(older, [paused(`${index}`)])),
        ]);
        const newer = answers.flatMap((answer) => ('rollout' in answer ? [answer.rollout.state.id] : []));
        const events = await under.rollouts.events(older);
        expect(events.flatMap(({ data }) => ('by' in data ? [data.by] : []))).toEqual(newer);
        expect(newer).toHaveLength(1);
        expect(events).toHaveLength(15);
        expect(verifyChain(events).ok).toBe(true);
      });
    });

    describe('environments', () => {
      it('are new and free until something is recorded', async () => {
        const here = place();
        expect(await under.rollouts.environment(here)).toEqual({
          v: 1,
          name: here,
          seq: 0,
          head: '',
          freezes: [],
        });
      });

      it('are locked with who, when and why, and open again', async () => {
        const here = place();
        const locked = await under.rollouts.recordEnvironment(here, bob, () => ({
          facts: [{ type: 'environment.locked', data: { reason: 'an audit' } }],
        }));
        expect(locked).toMatchObject({ environment: { lock: { by: bob, reason: 'an audit' } } });
        expect({ environment: await under.rollouts.environment(here) }).toEqual(locked);
        await under.rollouts.recordEnvironment(here, bob, () => ({
          facts: [{ type: 'environment.unlocked', data: {} }],
        }));
        expect((await under.rollouts.environment(here)).lock).toBeUndefined();
      });

      it('record nothing where it is refused', async () => {
        const here = place();
        expect(await under.rollouts.recordEnvironment(here, bob, () => ({ refusal: busy }))).toEqual({
          refusal: busy,
        });
        expect((await under.rollouts.environment(here)).seq).toBe(0);
      });
    });

    describe('list', () => {
      it('gives the newest first, at most as many as asked', async () => {
        const here = place();
        const ids: string[] = [];
        for (let count = 0; count < 12; count += 1) {
          const { state } = await begun(here, { startAt: '2026-11-24T10:00:00.000Z' });
          ids.unshift(state.id);
        }
        const found = async (limit?: number) =>
          (await under.rollouts.list({ environment: here, ...(limit === undefined ? {} : { limit }) })).map(
            ({ state }) => state.id,
          );
        expect(await found()).toEqual(ids);
        expect(await found(5)).toEqual(ids.slice(0, 5));
        expect((await under.rollouts.list({ limit: 1 })).map(({ state }) => state.id)).toEqual([ids[0]]);
      });

      it('leaves out what is at an end where only the active ones are asked for', async () => {
        const here = place();
        const over = await begun(here, { startAt: '2026-11-24T10:00:00.000Z' });
        const going = await begun(here);
        await record(over.state.id, ended);
        const ids = async (active: boolean) =>
          (await under.rollouts.list({ environment: here, active })).map(({ state }) => state.id);
        expect(await ids(true)).toEqual([going.state.id]);
        expect(await ids(false)).toEqual([going.state.id, over.state.id]);
      });
    });

    describe('reading', () => {
      it('gives the events after a number, in order', async () => {
        const { state } = await begun(place());
        await record(state.id, [paused('one'), { type: 'rollout.resumed', data: {} }]);
        const numbers = async (after?: number) =>
          (await under.rollouts.events(state.id, after)).map(({ seq }) => seq);
        expect(await numbers()).toEqual([1, 2, 3, 4]);
        expect(await numbers(2)).toEqual([3, 4]);
        expect(await numbers(4)).toEqual([]);
        expect(await under.rollouts.events('nobody-1')).toEqual([]);
      });

      it('has no output of a step that put none out', async () => {
        const { state } = await begun(place());
        expect(await under.rollouts.tail(state.id, 'one')).toEqual([]);
      });
    });

    describe('onChange', () => {
      it('tells of every rollout that grew and how far, until it is stopped', async () => {
        const heard: [string, number][] = [];
        const stop = under.rollouts.onChange((id, seq) => heard.push([id, seq]));
        const { state } = await begun(place());
        await record(state.id, [paused('x')]);
        await expect
          .poll(() => heard.filter(([id]) => id === state.id))
          .toEqual([
            [state.id, 2],
            [state.id, 3],
          ]);
        stop();
        const still = heard.length;
        const after = new Promise<void>((resolve) => {
          under.rollouts.onChange((_id, seq) => {
            if (seq === 4) resolve();
          });
        });
        await record(state.id, [paused('y')]);
        await after;
        expect(heard).toHaveLength(still);
      });
    });
  });
}
