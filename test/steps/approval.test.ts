import { expect, test } from 'vitest';
import type { Answer } from '../../src/core/rollout/state.ts';
import { approval } from '../../src/steps/approval.ts';
import { answerOf, type ContextOptions, contextFor, noon, runOnce } from '../support/step-context.ts';

const hour = 3_600_000;
const input = { roles: ['release-manager'], quorum: 2, expires: '2h' };
const digest = `sha256:${'0'.repeat(64)}`;
const kept = { nonce: 'n1', digest, from: 0, until: noon + 2 * hour };

function after(answers: Answer[], options: ContextOptions = {}) {
  return runOnce(approval, input, { kept, answers, ...options });
}

test('asks once: the nonce stays over any number of looks', async () => {
  const first = await runOnce(approval, input);
  expect(first).toEqual({
    status: 'waiting',
    waiting: {
      for: 'approval',
      roles: ['release-manager'],
      quorum: 2,
      nonce: 'nonce-1',
      digest,
      until: '2026-11-21T14:00:00.000Z',
      what: 'The step',
    },
    state: { nonce: 'nonce-1', digest, from: 0, until: noon + 2 * hour },
  });
  expect(await after([])).toMatchObject({ status: 'waiting', waiting: { nonce: 'n1' }, state: kept });
});

test('two people make a quorum of two, with what they said', async () => {
  const answers = [
    answerOf('bob', 'approve', { nonce: 'n1', reason: 'looks good' }),
    answerOf('carol', 'approve'),
  ];
  expect(await after(answers)).toEqual({
    status: 'succeeded',
    summary: 'Approved by Bob (“looks good”) and Carol',
    output: {
      approvedBy: [
        { id: 'bob', name: 'Bob', via: 'console', at: '2026-11-21T12:00:01.000Z' },
        { id: 'carol', name: 'Carol', via: 'console', at: '2026-11-21T12:00:01.000Z' },
      ],
    },
  });
});

test('the policy’s quorum holds where it is higher', async () => {
  const answers = [answerOf('bob', 'approve'), answerOf('carol', 'approve')];
  expect(await after(answers, { quorum: 3 })).toMatchObject({ status: 'waiting', waiting: { quorum: 3 } });
});

test.each<[string, Answer[]]>([
  ['one person twice', [answerOf('bob', 'approve'), answerOf('bob', 'approve')]],
  ['who started it', [answerOf('bob', 'approve'), answerOf('alice', 'approve')]],
  [
    'an approval of another question',
    [answerOf('bob', 'approve'), answerOf('carol', 'approve', { nonce: 'old' })],
  ],
  [
    'an approval that came too late',
    [answerOf('bob', 'approve'), answerOf('carol', 'approve', { at: noon + 2 * hour })],
  ],
])('%s is not enough', async (_, answers) => {
  expect((await after(answers)).status).toBe('waiting');
});

test('a rejection ends it, with who and why', async () => {
  const answers = [answerOf('bob', 'approve'), answerOf('dan', 'reject', { reason: 'the image\nchanged' })];
  expect(await after(answers)).toEqual({
    status: 'failed',
    summary: 'Rejected by Dan: the image changed',
    retryable: false,
  });
});

test('the first decision stands', async () => {
  const answers = [answerOf('bob', 'approve'), answerOf('carol', 'approve'), answerOf('dan', 'reject')];
  expect((await after(answers)).status).toBe('succeeded');
});

test('it expires, and says what was missing', async () => {
  const result = await after([answerOf('bob', 'approve')], { now: () => noon + 2 * hour });
  expect(result).toMatchObject({
    status: 'failed',
    summary: 'Expired at 2026-11-21 14:00 UTC with 1 of 2 approvals',
    retryable: false,
  });
});

test('an extension moves the end, and an approval within it counts', async () => {
  const answers = [
    answerOf('bob', 'extend', { duration: hour }),
    answerOf('bob', 'approve', { at: noon + 2 * hour + 1 }),
  ];
  const now = () => noon + 2 * hour + 2;
  expect(await after(answers, { now })).toMatchObject({ waiting: { until: '2026-11-21T15:00:00.000Z' } });
  const both = [...answers, answerOf('carol', 'approve', { at: noon + 2 * hour + 2 })];
  expect((await after(both, { now })).status).toBe('succeeded');
});

test('a changed plan voids what was answered, and asks anew', async () => {
  const changed = `sha256:${'1'.repeat(64)}`;
  const answers = [answerOf('bob', 'approve'), answerOf('carol', 'approve', { nonce: 'n1' })];
  const asked = await after(answers, { digest: changed });
  const renewed = { nonce: 'nonce-1', digest: changed, from: 2, until: noon + 2 * hour };
  expect(asked).toMatchObject({
    status: 'waiting',
    waiting: { nonce: 'nonce-1', digest: changed },
    state: renewed,
  });
  const again = [...answers, answerOf('bob', 'approve', { nonce: 'nonce-1' }), answerOf('carol', 'approve')];
  const result = await runOnce(approval, input, { kept: renewed, answers: again, digest: changed });
  expect(result.status).toBe('succeeded');
});

test.each([
  [{}, 'roles'],
  [{ roles: [] }, 'roles'],
  [{ roles: ['r'], quorum: 0 }, 'quorum'],
  [{ roles: ['r'], expires: '2 hours' }, 'a duration such as'],
  [{ roles: ['r'], quorom: 2 }, 'quorom'],
])('%j is refused', (bad, word) => {
  expect(JSON.stringify(approval.input.safeParse(bad).error?.issues)).toContain(word);
});

test('the plan names whom it asks', async () => {
  const { summary } = await approval.plan(
    contextFor(approval, { ...input, roles: ['release-manager', 'director'] }),
  );
  expect(summary).toBe('Ask for 2 approvals by release-manager or director, within 2 h');
});
