import { afterAll, expect, test } from 'vitest';
import { endBots } from '../support/bot.ts';
import {
  describeKill,
  doAll,
  enumerateAll,
  faultsOf,
  killsOf,
  openLanes,
} from '../support/crashing-enumeration.ts';
import { chances, sample, seedOfRun } from '../support/crashing-seed.ts';

afterAll(async () => {
  expect(await endBots()).toBe(0);
});

test('a kill at one of six points of a rollout, taken by chance, changes nothing', {
  timeout: 180_000,
}, async () => {
  const chance = chances(seedOfRun());
  const lanes = await openLanes(2);
  const kills = (await enumerateAll(lanes, ['forward', 'back from the soak'])).flatMap(killsOf);
  const chosen = sample(kills, 6, chance);
  console.log(
    `${chosen.length} of ${kills.length} kills:`,
    ...chosen.map((kill) => `\n  ${describeKill(kill)}`),
  );
  const { outcomes, left } = await doAll(chosen, lanes);
  expect(faultsOf(outcomes)).toEqual([]);
  expect(left).toEqual([]);
});
