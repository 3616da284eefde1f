import { resolvePlan } from '../core/playbook/resolve.ts';
import { checkInsOf, quorumOf } from '../core/policy/policy.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { Plan } from '../core/rollout/plan.ts';
import type { Call, InboxDeps } from './call.ts';
import type { Chosen } from './choose.ts';
import { usageOf } from './grammar.ts';

/** What a plan is made from; nothing is looked up. */
type PlanCall<N extends 'start' | 'plan'> = Pick<Call<N>, 'command' | 'asked'> & {
  deps: Pick<InboxDeps, 'environments'>;
};

/** The whole plan of what was chosen, or every reason why there is none. */
export function planFor(
  call: PlanCall<'start'> | PlanCall<'plan'>,
  { playbook, target, environment }: Chosen,
): { plan: Plan } | { refusal: Refusal } {
  const what = call.command.name === 'start' ? 'Nothing was started.' : 'There is no plan to show.';
  const config = call.deps.environments().get(environment);
  if (config === undefined) {
    const why = `\`${environment}\` does not stand in environments.yaml.`;
    return {
      refusal: refuse('bad-input', what, why, 'Add it there, or choose another with env=<environment>.'),
    };
  }
  const resolved = resolvePlan({
    playbook,
    environment: { name: environment, vars: config.vars, connections: config.connections },
    target,
    params: call.command.settings?.params ?? {},
    quorum: quorumOf(call.asked.policy, environment),
    checkIns: checkInsOf(call.asked.policy, environment),
  });
  if ('plan' in resolved) return resolved;
  const next = `Type \`/rollout ${usageOf(call.command.name)}\` with other values.`;
  return { refusal: refuse('bad-input', what, resolved.problems.join(' '), next) };
}
