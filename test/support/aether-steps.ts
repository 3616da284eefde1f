import { aetherEnvironments } from '../../sandbox/aether/environment.ts';
import { resolvePlan } from '../../src/core/playbook/resolve.ts';
import { newState } from '../../src/core/rollout/fold.ts';
import { resolveInput } from '../../src/core/rollout/inputs.ts';
import type { StepState } from '../../src/core/rollout/state.ts';
import { stepsOf } from '../../src/core/rollout/steps.ts';
import { loadedPlaybook } from './coverage.ts';

const elsewhere = {
  router: 'http://a.test',
  blue: 'http://b.test',
  green: 'http://c.test',
  pages: 'http://d.test',
};
const vars = { tracesLink: 'https://traces.test', metricsLink: 'https://metrics.test' };

/** A step of Aether's playbook in a rollout to green, once others came to this. */
export async function placed(id: string, others: Record<string, Partial<StepState>> = {}, urls: object = {}) {
  const { playbook } = await loadedPlaybook('playbooks/aether-blue-green.yaml');
  const { staging } = await aetherEnvironments({
    ...{ connections: {}, auditReport: 'docs/x.md', vars },
    urls: { ...elsewhere, ...urls },
  });
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
  for (const [step, more] of Object.entries(others)) Object.assign(state.steps[step] ?? {}, more);
  const step = stepsOf(plan).get(id)?.step;
  if (step === undefined) throw new Error(`no step ${id}`);
  return { plan, state, step };
}

/** What it is given then. */
export async function inputOf(...given: Parameters<typeof placed>) {
  const { plan, state, step } = await placed(...given);
  const input = resolveInput(plan, state, step);
  if ('error' in input) throw new Error(input.error);
  return input.value;
}
