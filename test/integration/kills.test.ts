import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { leaseTime as productionLease } from '../../src/compose/store.ts';
import { statusOf } from '../../src/core/rollout/status.ts';
import { call, until } from '../sandbox/support.ts';
import { type Bot, endBots, spawnBot } from '../support/bot.ts';
import { dripPlaybook } from '../support/crashing-drip.ts';
import { evidenceOf } from '../support/crashing-evidence.ts';
import { openPlace, type Place } from '../support/crashing-place.ts';
import { chances, seedOfRun } from '../support/crashing-seed.ts';
import type { Setup } from '../support/crashing-setup.ts';

const id = 'drip-1';
let place: Place;

beforeEach(async () => {
  place = await openPlace();
});
afterEach(async () => {
  await endBots();
  expect(await place.stop()).toEqual([]);
});

async function begin(setup: Setup): Promise<Bot> {
  const bot = spawnBot();
  await bot.start(setup);
  return bot;
}

async function standing() {
  const rollout = await place.store.patientRollouts.find(id);
  if (!rollout) throw new Error(`there is no ${id}`);
  return { status: statusOf(rollout.plan, rollout.state), events: rollout.state.seq };
}

const rowsSchema = z.object({ rows: z.array(z.object({ name: z.string() })) });

/** Everything went once and in order, whatever happened to the bots on the way. */
async function expectAllWell(rounds: number): Promise<void> {
  await until(standing, ({ status }) => status === 'succeeded', 300_000);
  const { rows } = rowsSchema.parse((await call('GET', `${place.sandbox.urls.supervisor}/migrations`)).body);
  expect(rows.map(({ name }) => name)).toEqual(
    Array.from({ length: rounds }, (_, number) => `drip-${id}-${number}`),
  );
  const { journal, asked, thread, steps } = await evidenceOf(place, id);
  expect({ journal, asked, thread }).toEqual({
    journal: 'verified',
    asked: [],
    thread: ['root', 'phase-finished drip', 'succeeded '],
  });
  expect(steps.filter((step) => !step.endsWith(' succeeded 1'))).toEqual([]);
}

test('100 kills in a row of one rollout change nothing', { timeout: 900_000 }, async () => {
  const rounds = 260;
  const setup = place.setup(dripPlaybook(rounds, '250ms'), 1_000);
  const chance = chances(seedOfRun());
  const began = performance.now();
  let bot = await begin(setup);
  expect(await bot.say('bob', 'start drip')).toMatchObject({ ok: true });
  for (let kills = 0; kills < 100; kills += 1) {
    await pause(chance() * 1_400);
    bot.kill();
    await bot.gone;
    bot = await begin(setup);
  }
  const after = await standing();
  expect(after.status).toBe('running');
  await expectAllWell(rounds);
  const took = (performance.now() - began) / 1_000;
  console.log(
    `100 kills in ${took.toFixed(0)} s; ${after.events} events after the last, ${(await standing()).events} at the end.`,
  );
});

test('with two workers, the other goes on when one is killed', { timeout: 600_000 }, async () => {
  const rounds = 200;
  const setup = place.setup(dripPlaybook(rounds, '250ms'), 1_000);
  const chance = chances(seedOfRun());
  let [one, other] = await Promise.all([begin(setup), begin(setup)]);
  expect(await one.say('bob', 'start drip')).toMatchObject({ ok: true });
  let kills = 0;
  let after = await until(standing, ({ status }) => status === 'running', 60_000);
  for (; kills < 40 && after.status === 'running'; kills += 1) {
    await pause(chance() * 1_200);
    if (chance() < 0.5) [one, other] = [other, one];
    one.kill();
    await one.gone;
    one = await begin(setup);
    after = await standing();
  }
  expect(kills).toBeGreaterThan(10);
  await expectAllWell(rounds);
  console.log(
    `${kills} kills of one of two workers; ${after.events} events after the last, ${(await standing()).events} at the end.`,
  );
});

test('a rollout goes on after SIGKILL, again and again', { timeout: 300_000 }, async () => {
  const rounds = 800;
  const setup = place.setup(dripPlaybook(rounds, '100ms'), productionLease);
  const chance = chances(seedOfRun());
  let bot = await begin(setup);
  expect(await bot.say('bob', 'start drip')).toMatchObject({ ok: true });
  const gaps: number[] = [];
  for (let kills = 0; kills < 10; kills += 1) {
    await pause(500 + chance() * 1_000);
    bot.kill();
    const killed = performance.now();
    await bot.gone;
    const { events } = await standing();
    bot = spawnBot();
    const starting = bot.start(setup);
    await until(standing, (now) => now.events > events, 30_000);
    gaps.push(performance.now() - killed);
    await starting;
  }
  const sorted = gaps.map((gap) => gap / 1_000).sort((a, b) => a - b);
  const [median, worst] = [sorted[5] ?? Number.NaN, sorted.at(-1) ?? Number.NaN];
  console.log(
    `From SIGKILL to the next durable step, with a lease of ${productionLease} ms and a new process each time: ` +
      `median ${median.toFixed(2)} s, worst ${worst.toFixed(2)} s of ${sorted.length}.`,
  );
  expect((await standing()).status).toBe('running');
});
