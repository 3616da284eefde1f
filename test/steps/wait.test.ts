import { expect, test } from 'vitest';
import { wait } from '../../src/steps/wait.ts';
import { answerOf, contextFor, noon, runOnce } from '../support/step-context.ts';

const minute = 60_000;

test('waits without running, and is done when the time is over', async () => {
  const first = await runOnce(wait, { for: '15m' });
  expect(first).toEqual({
    status: 'waiting',
    waiting: { for: 'time', until: '2026-11-21T12:15:00.000Z', what: 'Waiting until 2026-11-21 12:15 UTC' },
    state: { since: noon, until: noon + 15 * minute },
  });
  const kept = { since: noon, until: noon + 15 * minute };
  expect((await runOnce(wait, { for: '15m' }, { kept, now: () => noon + 15 * minute - 1 })).status).toBe(
    'waiting',
  );
  expect(await runOnce(wait, { for: '15m' }, { kept, now: () => noon + 15 * minute })).toEqual({
    status: 'succeeded',
    summary: 'Waited 15 min',
  });
});

test('every extension counts once, however often the step looks', async () => {
  const kept = { since: noon, until: noon + minute };
  const answers = [
    answerOf('bob', 'extend', { duration: 2 * minute }),
    answerOf('carol', 'extend', { duration: minute }),
  ];
  for (let look = 0; look < 3; look++) {
    const result = await runOnce(wait, { for: '1m' }, { kept, answers });
    expect(result).toMatchObject({
      status: 'waiting',
      waiting: { until: '2026-11-21T12:04:00.000Z' },
      state: kept,
    });
  }
});

test('an instant in the past is no wait', async () => {
  const result = await runOnce(wait, { until: '2026-11-21T13:00:00+02:00' });
  expect(result).toEqual({ status: 'succeeded', summary: 'Waited 0 ms' });
});

test.each([
  [{}, 'give either `for`'],
  [{ for: '1m', until: '2026-11-21T12:00:00Z' }, 'give either `for`'],
  [{ for: 'soon' }, 'a duration such as 30s'],
  [{ until: 'tomorrow' }, 'Invalid ISO datetime'],
])('%j is refused', (input, message) => {
  expect(JSON.stringify(wait.input.safeParse(input).error?.issues)).toContain(message);
});

test('the plan says how long', async () => {
  expect(await wait.plan(contextFor(wait, { for: '90s' }))).toEqual({
    summary: 'Wait for 1 min 30 s',
    diff: [],
  });
});
