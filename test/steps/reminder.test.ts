import { expect, test } from 'vitest';
import { reminder } from '../../src/steps/reminder.ts';
import { contextFor, runOnce } from '../support/step-context.ts';

const input = { text: 'Rotate the key', role: 'security', after: '7d' };

test('notes the duty, whose it is and when it is due, and waits for nothing', async () => {
  expect(await runOnce(reminder, input)).toEqual({
    status: 'succeeded',
    summary: 'Due 2026-11-28 12:00 UTC by security: Rotate the key',
    output: { due: '2026-11-28T12:00:00.000Z', text: 'Rotate the key', role: 'security' },
  });
});

test('a person can own it', async () => {
  const result = await runOnce(reminder, { text: 'Put log retention back', owner: 'dan', after: '1w' });
  expect(result).toMatchObject({ output: { owner: 'dan' } });
});

test('the plan says when', async () => {
  expect((await reminder.plan(contextFor(reminder, input))).summary).toBe(
    'Remind security after 7 d: Rotate the key',
  );
});

test.each([
  [{ text: 'x', after: '1d' }, 'give either `role` or `owner`'],
  [{ text: 'x', after: '1d', role: 'a', owner: 'b' }, 'give either `role` or `owner`'],
  [{ text: 'x', after: 'later', role: 'a' }, 'a duration such as'],
])('%j is refused', (bad, message) => {
  expect(JSON.stringify(reminder.input.safeParse(bad).error?.issues)).toContain(message);
});
