import { resolvePlan } from '../core/playbook/resolve.ts';
import { quorumOf } from '../core/policy/policy.ts';
import type { Fact } from '../core/rollout/event.ts';
import { planDigest } from '../core/rollout/plan.ts';
import type { Rollout } from '../ports/rollouts.ts';
import type { InboxDeps } from './call.ts';
import { standsAgainst } from './obstacles.ts';

type Deps = Pick<InboxDeps, 'rollouts' | 'policy' | 'playbooks' | 'environments' | 'clock'>;
type Rechecked = { facts: readonly Fact[] } | { refused: string };

/**
 * Looks at a scheduled rollout when its time has come: locks, freezes and rights as they are now, and the plan as
 * the files have it now. A plan that has changed since it was scheduled is revised in the journal, for all to see.
 */
export function createRecheck(deps: Deps): (rollout: Rollout) => Promise<Rechecked> {
  return async (rollout) => {
    const environment = await deps.rollouts.environment(rollout.plan.environment.name);
    const refused = standsAgainst(rollout, environment, deps.policy(), deps.clock.now());
    return refused === undefined ? replanned(rollout, deps) : { refused };
  };
}

function replanned({ plan, state }: Rollout, deps: Deps): Rechecked {
  const { name } = plan.environment;
  const playbook = deps.playbooks().get(plan.playbook.name);
  const config = deps.environments().get(name);
  if (!playbook || !config)
    return { refused: `${playbook ? name : plan.playbook.name} is not configured any more` };
  const resolved = resolvePlan({
    playbook,
    environment: { name, vars: config.vars, connections: config.connections },
    target: plan.target,
    params: Object.fromEntries(Object.entries(plan.params).map(([key, value]) => [key, String(value)])),
    quorum: quorumOf(deps.policy(), name),
  });
  if ('problems' in resolved) return { refused: resolved.problems.join(' ') };
  const digest = planDigest(resolved.plan);
  if (digest === state.digest) return { facts: [] };
  const reason = 'The playbook or its environment changed after the rollout was scheduled';
  return { facts: [{ type: 'plan.revised', data: { plan: resolved.plan, digest, reason } }] };
}
