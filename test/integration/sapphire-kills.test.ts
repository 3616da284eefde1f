import { expect, test } from 'vitest';
import { isChange, nameOf } from '../support/google-writes.ts';
import { launched, nobodyAsked } from '../support/sapphire-launch.ts';
import { drawnStrikes, type Struck, strikeAtWrites } from '../support/strikes.ts';

test('killed before and after each call that changes something in a launch and its rollback, it ends as one that nothing disturbed', async () => {
  const began = performance.now();
  let struck = (): Struck[] => [];
  const killed = launched(({ proxy, bots }) => {
    struck = strikeAtWrites(proxy, bots.kill, { nameOf, isAimedAt: isChange }).struck;
    return nobodyAsked;
  });
  const launches = [launched(() => nobodyAsked), killed] as const;
  const [, end] = await Promise.allSettled(launches);
  const taken = end.status === 'fulfilled' ? end.value.taken : undefined;
  console.log(drawnStrikes(struck(), (name) => taken?.get(name)));
  console.log(`${struck().length} kills in ${((performance.now() - began) / 1_000).toFixed(0)} s`);
  const [quiet, ends] = await Promise.all(launches);
  expect(ends.forward).toEqual(quiet.forward);
  expect(ends.back).toEqual(quiet.back);
  const calls = [...quiet.taken.keys()];
  expect(calls.length).toBeGreaterThan(20);
  expect(ends.taken).toEqual(new Map(calls.map((name) => [name, 1])));
  const kills = new Set(struck().map(({ name, when }) => `${when} ${name}`));
  expect(kills).toEqual(new Set(calls.flatMap((name) => [`before ${name}`, `after ${name}`])));
}, 2_400_000);
