import { describe, expect, test } from 'vitest';
import { limitsOf } from '../../src/compose/limits.ts';
import { type Urgency, urgencies } from '../../src/core/card/urgent.ts';
import { createPace } from '../../src/jobs/outbound/pace.ts';
import { memoryAllowance } from '../support/memory-allowance.ts';

const minute = 60_000;
const group = 'telegram:-1001';

/** A minute and more of a channel whose calls are made as soon as they are allowed; `seconds` after which each was. */
async function madeIn(channel: string, urgency: (at: number) => Urgency): Promise<number[]> {
  let now = 0;
  const clock = { now: () => now };
  const pace = createPace({ allowance: memoryAllowance(clock), clock, limitsOf });
  const made: number[] = [];
  while (now < 3 * minute) {
    const wait = await pace.take(channel, { call: 'post', urgency: urgency(now) });
    if (wait === 0) made.push(now);
    else now += wait;
  }
  return made;
}

describe('a group of Telegram', () => {
  test.each(urgencies)('takes no more than 20 messages in any minute: %s', async (urgency) => {
    const made = await madeIn(group, () => urgency);
    for (const from of made)
      expect(made.filter((at) => at >= from && at <= from + minute).length).toBeLessThanOrEqual(20);
    expect(made.length).toBeGreaterThan(30);
  });

  test('takes no more of its topics and itself together', async () => {
    let now = 0;
    const clock = { now: () => now };
    const pace = createPace({ allowance: memoryAllowance(clock), clock, limitsOf });
    const made: number[] = [];
    for (now = 0; now <= minute; now += 100)
      for (const channel of [group, `${group}/5`, `${group}/9`])
        if ((await pace.take(channel, { call: 'post', urgency: 'alarm' })) === 0) made.push(now);
    expect(made.length).toBeGreaterThan(15);
    expect(made.length).toBeLessThanOrEqual(20);
  });

  test('has room for an alarm and its root at once, however much was just said of others', async () => {
    let now = 0;
    const clock = { now: () => now };
    const pace = createPace({ allowance: memoryAllowance(clock), clock, limitsOf });
    for (const urgency of ['progress', 'act'] as const) {
      let wait = 0;
      while (wait < 2_000) {
        wait = await pace.take(group, { call: 'edit', urgency });
        if (wait < 2_000) now += wait;
      }
    }
    const alarm = () => pace.take(group, { call: 'post', urgency: 'alarm' });
    expect([await alarm(), await alarm()]).toEqual([0, 0]);
    expect(await alarm()).toBeGreaterThan(0);
  });
});

test.each(['slack:C1', 'telegram:42', group])(
  '%s keeps the last of its calls for an alarm',
  async (channel) => {
    const clock = { now: () => 0 };
    const pace = createPace({ allowance: memoryAllowance(clock), clock, limitsOf });
    for (const call of ['post', 'edit'] as const) {
      while ((await pace.take(channel, { call, urgency: 'act' })) === 0);
      expect(await pace.take(channel, { call, urgency: 'alarm' })).toBe(0);
    }
  },
);

test('the console takes all', async () => {
  expect(limitsOf('console:ops', { call: 'post', urgency: 'progress' })).toEqual([]);
});
