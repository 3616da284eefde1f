import { expect, test } from 'vitest';
import { announce } from '../../src/steps/announce.ts';
import { contextFor, runOnce } from '../support/step-context.ts';

test('its text is what the thread reads, on one line', async () => {
  const result = await runOnce(announce, { text: 'Traffic is on green\nsince now\u202e' });
  expect(result).toEqual({ status: 'succeeded', summary: 'Traffic is on green since now' });
});

test('the plan quotes it', async () => {
  expect(await announce.plan(contextFor(announce, { text: 'Hello' }))).toEqual({
    summary: 'Announce: Hello',
    diff: [],
  });
});

test.each([[{}], [{ text: '' }], [{ text: 'x'.repeat(2_001) }], [{ text: 'x', to: 'all' }]])(
  '%j is refused',
  (input) => {
    expect(announce.input.safeParse(input).success).toBe(false);
  },
);
