import { expect, it } from 'vitest';
import { firstSight } from '../../src/adapters/slack/seen.ts';

it('knows a key for its window, and no longer', () => {
  let now = 0;
  const isFirst = firstSight({ now: () => now }, 1_000);
  expect([isFirst('a'), isFirst('a'), isFirst('b')]).toEqual([true, false, true]);
  now = 999;
  expect(isFirst('a')).toBe(false);
  now = 1_001;
  expect([isFirst('a'), isFirst('a')]).toEqual([true, false]);
});

it('forgets the oldest first when there are too many', () => {
  const isFirst = firstSight({ now: () => 0 }, 1_000, 3);
  for (const key of ['a', 'b', 'c', 'd']) isFirst(key);
  expect(['b', 'c', 'd'].map((key) => isFirst(key))).toEqual([false, false, false]);
  expect(isFirst('a')).toBe(true);
});
