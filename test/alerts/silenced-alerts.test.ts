import { beforeEach, describe, expect, it } from 'vitest';
import { alertGroupId, type Telling } from '../../src/core/alerts/notice.ts';
import { planDigest } from '../../src/core/rollout/plan.ts';
import { createSilencedAlerts } from '../../src/jobs/silenced-alerts.ts';
import type { Alerts } from '../../src/ports/alerts.ts';
import { SilenceError } from '../../src/ports/silences.ts';
import { alice } from '../rollout/journal.ts';
import { memoryAlerts } from '../support/memory-alerts.ts';
import { type MemoryRollouts, memoryRollouts } from '../support/memory-rollouts.ts';
import { shortMemory } from '../support/short-memory.ts';
import { bob, iso, minute, noon, watchedPlan } from './desk-scene.ts';

const id = 'shop-1';
const groupKey = 'slow';
const group = alertGroupId({ source: 'alertmanager', groupKey });
const matchers = [{ name: 'app', value: 'shop', isRegex: false, isEqual: true }];
let time: number;
const clock = { now: () => time };
let rollouts: MemoryRollouts;
let alerts: Alerts;
let kept: Map<string, string>;
let there: string[];
let asked: number;
let errors: unknown[];
let trouble: SilenceError | undefined;

function telling(fingerprint: string): Telling {
  return {
    ...({ source: 'alertmanager', groupKey, fingerprint, status: 'firing', startsAt: iso(noon) } as const),
    groupLabels: {},
    labels: { app: 'shop', instance: fingerprint },
    annotations: {},
    links: [],
  };
}

const worker = () =>
  createSilencedAlerts({
    alerts,
    memory: shortMemory(kept),
    clock,
    sourceOf: () => ({
      async firing(given) {
        expect(given).toEqual(matchers);
        asked += 1;
        if (trouble) throw trouble;
        return there;
      },
    }),
    onError: (error) => errors.push(error),
  });

/** A worker sees the rollout as it stands, and ends what it began. */
async function look(one = worker()): Promise<void> {
  const rollout = await rollouts.find(id);
  if (!rollout) throw new Error('there is one');
  one.note(rollout);
  await new Promise((resolve) => setImmediate(resolve));
  await one.stop();
}

const firing = async () =>
  (await alerts.group(group))?.notices.flatMap(({ status, fingerprint }) =>
    status === 'firing' ? [fingerprint] : [],
  );

/** A rollout with a group of two alerts that fires, which Bob has silenced at its source or in the bot alone. */
async function silenced(silence: string | null = 's1'): Promise<void> {
  const plan = watchedPlan();
  await alerts.accept([telling('a'), telling('b')]);
  const told = {
    id: group,
    n: 1,
    name: 'Slow',
    severity: 'page',
    labels: {},
    firing: 2,
    total: 2,
    since: iso(noon),
    links: [],
    source: 'alertmanager' as const,
  };
  const about = { group, name: 'Slow', until: iso(noon + 60 * minute) };
  rollouts.put(
    id,
    [
      { type: 'rollout.planned', data: { id, plan, digest: planDigest(plan), channels: [] } },
      { type: 'rollout.started', data: {} },
      { type: 'alerts.changed', data: { groups: [told] } },
    ],
    alice,
  );
  rollouts.put(id, [{ type: 'alert.silence-asked', data: { ...about, reason: 'known', matchers } }], bob);
  rollouts.put(id, [
    { type: 'alert.silenced', data: { ...about, ...(silence === null ? {} : { silence }) } },
  ]);
}

beforeEach(() => {
  time = noon;
  rollouts = memoryRollouts(clock);
  alerts = memoryAlerts(clock);
  [kept, there, asked, errors, trouble] = [new Map(), ['a', 'b'], 0, [], undefined];
});

describe('an alert that is silenced at its source', () => {
  it('is told to be over when the source has it no more, each in its time, also after a restart', async () => {
    await silenced();
    await look();
    expect(await firing()).toEqual(['a', 'b']);
    there = ['b'];
    time += minute;
    await look();
    expect(await firing()).toEqual(['b']);
    there = [];
    time += 90 * minute;
    await look();
    expect(await firing()).toEqual([]);
    expect((await alerts.group(group))?.notices.map(({ endsAt }) => endsAt)).toEqual([
      iso(noon + minute),
      iso(noon + 91 * minute),
    ]);
    expect(errors).toEqual([]);
  });

  it('is not over because a source that never had it does not have it', async () => {
    await silenced();
    there = [];
    await look();
    expect([await firing(), asked]).toEqual([['a', 'b'], 1]);
  });

  it('is asked about once a minute', async () => {
    await silenced();
    const one = worker();
    const rollout = await rollouts.find(id);
    for (let seconds = 0; seconds < 121; seconds += 1) {
      if (rollout) one.note(rollout);
      time += 1_000;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(asked).toBe(3);
  });

  it('is left alone where the bot alone keeps quiet', async () => {
    await silenced(null);
    await look();
    expect([asked, await firing()]).toEqual([0, ['a', 'b']]);
  });

  it('stays as it was while the source can’t be asked, and is asked again', async () => {
    await silenced();
    await look();
    there = [];
    trouble = new SilenceError('unavailable', 'away');
    time += minute;
    await look();
    expect([await firing(), errors]).toEqual([['a', 'b'], [trouble]]);
    trouble = undefined;
    time += minute;
    await look();
    expect(await firing()).toEqual([]);
  });
});
