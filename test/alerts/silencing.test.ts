import { beforeEach, describe, expect, it } from 'vitest';
import type { AlertGroupState } from '../../src/core/alerts/state.ts';
import { planDigest } from '../../src/core/rollout/plan.ts';
import { createSilencing, type SilencingParts } from '../../src/jobs/silencing.ts';
import type { Turns } from '../../src/ports/memory.ts';
import { type NewSilence, SilenceError, type Silences } from '../../src/ports/silences.ts';
import { alice } from '../rollout/journal.ts';
import { type MemoryRollouts, memoryRollouts } from '../support/memory-rollouts.ts';
import { until } from '../support/until.ts';
import { bob, iso, minute, noon, watchedPlan } from './desk-scene.ts';

interface Made extends NewSilence {
  id: string;
  ended: boolean;
}

let time: number;
const clock = { now: () => time };
let rollouts: MemoryRollouts;
let made: Made[];
let trouble: SilenceError[];
let held: Set<string>;
let errors: unknown[];
let id: string;

/** One at a time, as long as nobody stands still for longer than their turn. */
const turns: Turns = {
  async take(name) {
    if (held.has(name)) return undefined;
    held.add(name);
    return { extend: async () => true, release: async () => void held.delete(name) };
  },
};

const place: Silences = {
  async create(silence) {
    const next = trouble.shift();
    if (next) throw next;
    made.push({ ...silence, id: `s${made.length + 1}`, ended: false });
    return `s${made.length}`;
  },
  async find(operation) {
    const next = trouble.shift();
    if (next) throw next;
    return made
      .filter(({ comment }) => comment.includes(operation))
      .map(({ id: one, until: end, ended }) => ({ id: one, until: end, ended }));
  },
  async remove(one) {
    const next = trouble.shift();
    if (next) throw next;
    for (const silence of made) if (silence.id === one) silence.ended = true;
  },
};

function worker(change: Partial<SilencingParts> = {}) {
  return createSilencing({
    rollouts,
    turns,
    clock,
    silencesFor: () => place,
    pause: async () => {
      time += 2_000;
    },
    onError: (error) => errors.push(error),
    ...change,
  });
}

const rollout = async () => {
  const found = await rollouts.find(id);
  if (!found) throw new Error('there is one');
  return found;
};
const group = async (): Promise<AlertGroupState | undefined> => (await rollout()).state.alerts?.groups[0];
const settled = () =>
  until('an outcome', async () => !['asked', 'ending'].includes((await group())?.silence?.status ?? ''));
const types = async () =>
  (await rollouts.events(id)).map(({ type }) => type).filter((type) => type.includes('silence'));
const matchers = [{ name: 'app', value: 'shop', isRegex: false, isEqual: true }];

function ask(): void {
  const data = { group: 'g1', name: 'Slow', until: iso(noon + 60 * minute), reason: 'failover', matchers };
  rollouts.put(id, [{ type: 'alert.silence-asked', data }], bob);
}

beforeEach(async () => {
  time = noon;
  rollouts = memoryRollouts(clock);
  [made, trouble, errors] = [[], [], []];
  held = new Set();
  const plan = watchedPlan();
  const planned = { plan, digest: planDigest(plan), channels: [] };
  const created = await rollouts.create('shop', alice, planned, () => ({ environment: [] }));
  if ('refusal' in created) throw new Error(created.refusal.why);
  id = created.rollout.state.id;
  const told = { id: 'g1', n: 1, name: 'Slow', severity: 'page', labels: {}, firing: 1, total: 1 };
  const more = { since: iso(noon), links: [], source: 'alertmanager' as const };
  rollouts.put(id, [{ type: 'alerts.changed', data: { groups: [{ ...told, ...more }] } }]);
  ask();
});

describe('silencing', () => {
  it('makes what was asked for, as the person, with the reason and what it is about', async () => {
    worker().note(await rollout());
    await settled();
    expect((await group())?.silence).toMatchObject({ status: 'set', id: 's1', by: { id: 'bob' } });
    expect(made).toMatchObject([{ by: 'Bob', matchers, until: iso(noon + 60 * minute) }]);
    expect(made[0]?.comment).toMatch(
      /^failover \(shop-1\.1, asked for in Cutover; operation [0-9a-f]{20}\)$/,
    );
  });

  it('makes one, with several workers that look several times', async () => {
    const workers = [worker(), worker(), worker()];
    for (const one of workers) for (let n = 0; n < 3; n += 1) one.note(await rollout());
    await settled();
    await Promise.all(workers.map((one) => one.stop()));
    expect(made).toHaveLength(1);
    expect(await types()).toEqual(['alert.silence-asked', 'alert.silenced']);
  });

  it('makes one, after a crash between the silence and its fact', async () => {
    const crashed = worker({
      rollouts: { find: rollouts.find, record: () => Promise.reject(new Error('crash')) },
    });
    crashed.note(await rollout());
    await until('the crash', () => errors.length === 1);
    expect(made).toHaveLength(1);
    expect((await group())?.silence?.status).toBe('asked');
    worker().note(await rollout());
    await settled();
    expect(made).toHaveLength(1);
    expect((await group())?.silence).toMatchObject({ status: 'set', id: 's1' });
  });

  it('leaves the one of the journal, where two stood in the same turn', async () => {
    const nobody: Turns = {
      take: async () => ({ extend: async () => true, release: async () => undefined }),
    };
    const gate = Promise.withResolvers<void>();
    let waiting = 0;
    const slow: Silences = {
      ...place,
      async create(silence, signal) {
        waiting += 1;
        if (waiting === 2) gate.resolve();
        await gate.promise;
        return place.create(silence, signal);
      },
    };
    const both = [1, 2].map(() => worker({ turns: nobody, silencesFor: () => slow }));
    for (const one of both) one.note(await rollout());
    await settled();
    await until('one to be left', () => made.length === 2 && made.filter(({ ended }) => !ended).length === 1);
    const named = (await group())?.silence?.id;
    expect(made.find(({ ended }) => !ended)?.id).toBe(named);
    expect(await types()).toEqual(['alert.silence-asked', 'alert.silenced']);
  });

  it('tries again while it is away, and says in the end why not', async () => {
    trouble = Array.from({ length: 3 }, () => new SilenceError('unavailable', 'it could not be reached'));
    worker().note(await rollout());
    await settled();
    expect((await group())?.silence?.status).toBe('set');
    rollouts.put(id, [{ type: 'alert.silence-removed', data: { group: 'g1' } }]);
    time = noon + minute;
    ask();
    trouble = Array.from({ length: 100 }, () => new SilenceError('unavailable', 'it could not be reached'));
    worker().note(await rollout());
    await settled();
    expect((await group())?.silence).toMatchObject({
      status: 'failed',
      why: expect.stringMatching(/could not be reached\. Try again/),
    });
    expect(made).toHaveLength(1);
  });

  it('says at once what trying again does not change', async () => {
    trouble = [new SilenceError('refused', 'Alertmanager answered 401')];
    worker().note(await rollout());
    await settled();
    expect((await group())?.silence).toMatchObject({ status: 'failed', why: expect.stringContaining('401') });
    expect(time).toBe(noon);
  });

  it('mutes here alone where the sender has no silences', async () => {
    worker({ silencesFor: () => undefined }).note(await rollout());
    await settled();
    expect((await group())?.silence).toMatchObject({ status: 'set', until: iso(noon + 60 * minute) });
    expect((await group())?.silence?.id).toBeUndefined();
  });

  it('removes durably, also one that was made and not yet recorded', async () => {
    const crashed = worker({
      rollouts: { find: rollouts.find, record: () => Promise.reject(new Error('crash')) },
    });
    crashed.note(await rollout());
    await until('the crash', () => errors.length === 1);
    rollouts.put(id, [{ type: 'alert.unsilence-asked', data: { group: 'g1', reason: 'done' } }], bob);
    crashed.note(await rollout());
    await until('the second crash', () => errors.length === 2);
    expect((await group())?.silence?.status).toBe('ending');
    worker().note(await rollout());
    await settled();
    expect((await group())?.silence).toBeUndefined();
    expect(made.map(({ ended }) => ended)).toEqual([true]);
  });

  it('says that it stands still where it can’t be removed, and removes it when asked again', async () => {
    worker().note(await rollout());
    await settled();
    const unsilence = { type: 'alert.unsilence-asked' as const, data: { group: 'g1' } };
    rollouts.put(id, [unsilence], bob);
    trouble = [new SilenceError('refused', 'Alertmanager answered 403')];
    worker().note(await rollout());
    await settled();
    expect((await group())?.silence).toMatchObject({ status: 'stuck', id: 's1' });
    rollouts.put(id, [unsilence], bob);
    worker().note(await rollout());
    await settled();
    expect((await group())?.silence).toBeUndefined();
    expect(made[0]?.ended).toBe(true);
  });

  it('leaves none behind that was made after it was removed', async () => {
    const gate = Promise.withResolvers<void>();
    const nobody: Turns = {
      take: async () => ({ extend: async () => true, release: async () => undefined }),
    };
    let begun = false;
    const late: Silences = {
      ...place,
      async create(silence, signal) {
        begun = true;
        await gate.promise;
        return place.create(silence, signal);
      },
    };
    const stalled = worker({ turns: nobody, silencesFor: () => late });
    stalled.note(await rollout());
    await until('it to stand still', () => begun);
    rollouts.put(id, [{ type: 'alert.unsilence-asked', data: { group: 'g1' } }], bob);
    const other = worker({ turns: nobody });
    other.note(await rollout());
    await until('the removal', async () => (await group())?.silence === undefined);
    gate.resolve();
    await until('the late one to be removed', () => made.length === 1 && made[0]?.ended);
    expect((await group())?.silence).toBeUndefined();
    expect(errors).toEqual([]);
  });
});
