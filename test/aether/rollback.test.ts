import { expect, test } from 'vitest';
import { aetherEnvironments } from '../../sandbox/aether/environment.ts';
import { resolvePlan } from '../../src/core/playbook/resolve.ts';
import { newState } from '../../src/core/rollout/fold.ts';
import { conditionHolds, resolveInput } from '../../src/core/rollout/inputs.ts';
import type { StepState } from '../../src/core/rollout/state.ts';
import { stepsOf } from '../../src/core/rollout/steps.ts';
import { stepKinds } from '../../src/steps/registry.ts';
import { loadedPlaybook } from '../support/coverage.ts';

const urls = {
  router: 'http://a.test',
  blue: 'http://b.test',
  green: 'http://c.test',
  pages: 'http://d.test',
};
const vars = { tracesLink: 'https://traces.test', metricsLink: 'https://metrics.test' };

/** A step of a rollout to green, once others came to this. */
async function placed(id: string, outputs: Record<string, Partial<StepState>>) {
  const { playbook } = await loadedPlaybook('playbooks/aether-blue-green.yaml');
  const { staging } = await aetherEnvironments({ connections: {}, urls, auditReport: 'docs/x.md', vars });
  const resolved = resolvePlan({
    playbook,
    environment: { name: 'staging', vars: JSON.parse(JSON.stringify(staging.vars)), connections: {} },
    target: 'green',
    params: { version: 'v2.4.0' },
    quorum: 1,
  });
  if (!('plan' in resolved)) throw new Error(resolved.problems.join('; '));
  const { plan } = resolved;
  const state = newState(plan);
  for (const [step, more] of Object.entries(outputs)) Object.assign(state.steps[step] ?? {}, more);
  const step = stepsOf(plan).get(id)?.step;
  if (step === undefined) throw new Error(`no step ${id}`);
  return { plan, state, step };
}

/** What it is given then. */
async function inputOf(id: string, outputs: Record<string, Partial<StepState>>) {
  const { plan, state, step } = await placed(id, outputs);
  const input = resolveInput(plan, state, step);
  if ('error' in input) throw new Error(input.error);
  return stepKinds.get(step.uses)?.input.parse(input.value);
}

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
