import { expect, test } from 'vitest';
import { notedDutySchema } from '../../src/core/rollout/duties.ts';
import { reminder } from '../../src/steps/reminder.ts';
import { contextFor, runOnce } from '../support/step-context.ts';

const input = { text: 'Rotate the key', role: 'security', after: '7d' };

test('notes the duty, whose it is and when it is due, and waits for nothing', async () => {
  expect(await runOnce(reminder, input)).toEqual({
    status: 'succeeded',
    summary: 'Due 2026-11-28 12:00 (UTC) by security: Rotate the key',
    output: { due: '2026-11-28T12:00:00.000Z', text: 'Rotate the key', role: 'security' },
  });
});

test('a person can own it', async () => {
  const result = await runOnce(reminder, { text: 'Put log retention back', owner: 'dan', after: '1w' });
  expect(result).toMatchObject({ output: { owner: 'dan' } });
});

test.each([
  // noon is a Saturday, 13:00 in Berlin.
  [{ after: '0s', at: '10:00' }, '2026-11-23T09:00:00.000Z'],
  [{ after: '5d', at: '10:00' }, '2026-11-27T09:00:00.000Z'],
  [{ after: '2d', at: '13:00' }, '2026-11-23T12:00:00.000Z'],
  [{ due: '2026-12-01 10:00' }, '2026-12-01T09:00:00.000Z'],
  [{ due: '2026-12-01T10:00Z' }, '2026-12-01T10:00:00.000Z'],
])('%j is due at %s', async (when, due) => {
  const given = { text: 'Rotate the key', role: 'security', ...when };
  const result = await runOnce(reminder, given, { timezone: 'Europe/Berlin' });
  expect(result).toMatchObject({ output: { due } });
  expect(notedDutySchema.parse(result.status === 'succeeded' ? result.output : {})).toMatchObject({ due });
});

test('others are told when it is late, and a rollback does not cancel what stays', async () => {
  const escalate = { after: '1d', roles: ['release-manager'] };
  const result = await runOnce(reminder, { ...input, escalate, stays: true });
  expect(result).toMatchObject({
    output: { escalate: { at: '2026-11-29T12:00:00.000Z', roles: ['release-manager'] }, stays: true },
  });
  expect((await reminder.plan(contextFor(reminder, { ...input, at: '10:00', escalate }))).summary).toBe(
    'Remind security after 7 d, at 10:00 on a working day: Rotate the key; release-manager if it is not done 1 d later',
  );
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
  [{ text: 'x', role: 'a' }, 'give either `after` or `due`'],
  [{ text: 'x', role: 'a', after: '1d', due: '2026-12-01 10:00' }, 'give either `after` or `due`'],
  [{ text: 'x', role: 'a', due: '2026-12-01 10:00', at: '10:00' }, '`at` goes with `after`'],
  [{ text: 'x', role: 'a', due: '2026-02-30 10:00' }, 'a date and time such as'],
  [{ text: 'x', role: 'a', after: '1d', at: '10am' }, 'a time of day'],
])('%j is refused', (bad, message) => {
  expect(JSON.stringify(reminder.input.safeParse(bad).error?.issues)).toContain(message);
});
