import { expect, test } from 'vitest';
import { conditionHolds } from '../../src/core/rollout/inputs.ts';
import { inputOf, placed } from '../support/aether-steps.ts';

test('a rollback says where the traces of the failure and the snapshots are', async () => {
  const manifest = { uri: 's3://audit/aether-7/failure/m.json' };
  const links = ['https://traces.test/d?from=1&to=2'];
  const kept = { status: 'succeeded', output: { manifest } } as const;
  expect(await inputOf('investigate', { traces: { output: { links } }, 'keep-evidence': kept })).toEqual({
    text: 'Kept for you before another try: traces at https://traces.test/d?from=1&to=2, metrics at https://metrics.test, and snapshots of before and after at s3://audit/aether-7/failure/m.json',
  });
});

test('and says so where the traces were never asked for and nothing could be kept', async () => {
  const failed = { status: 'failed' } as const;
  for (const traces of [{}, { output: { links: [] } }])
    expect(await inputOf('investigate', { traces, 'keep-evidence': failed })).toEqual({
      text: 'Kept for you before another try: traces at https://traces.test, metrics at https://metrics.test, and snapshots of before and after as far as they could be stored',
    });
});

test.each([
  ['nothing was installed', {}, false],
  ['the hosts were never moved', { install: { before: {} } }, true],
  [
    'the hosts are back',
    { install: { before: {} }, 'switch-hosts': { before: {} }, 'restore-hosts': { status: 'succeeded' } },
    true,
  ],
  [
    'somebody let it go on with clients there',
    { install: { before: {} }, 'switch-hosts': { before: {} }, 'restore-hosts': { status: 'skipped' } },
    false,
  ],
] as const)(
  'the release goes back only from a side that clients are not on: %s',
  async (_, outputs, goes) => {
    const { plan, state, step } = await placed('restore-release', outputs);
    expect(conditionHolds(plan, state, step)).toEqual({ value: goes });
  },
);
