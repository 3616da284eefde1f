import type { FastifyPluginAsync } from 'fastify';
import { deploymentOf, type ReportScope, reportOf } from '../../core/report/report.ts';
import type { RolloutEvent } from '../../core/rollout/event.ts';
import type { Rollout, Rollouts } from '../../ports/rollouts.ts';
import { withRollout } from './with-rollout.ts';

export interface ReportDeps {
  rollouts: Rollouts;
  /** People's own time zone, by its IANA name; absent: UTC. */
  timezone?(): string;
}

type Render = (events: readonly RolloutEvent[], scope: ReportScope) => string | undefined;

/** A rollout's report as Markdown, and its entry for an audit report. */
export function reports(deps: ReportDeps): FastifyPluginAsync {
  return async (server) => {
    const markdown = (ending: string, render: Render) =>
      server.get(`/api/rollouts/:id/report.${ending}`, async (request, reply) =>
        withRollout(deps, request.params, reply, async (rollout) =>
          reply
            .type('text/markdown; charset=utf-8')
            .header('content-disposition', `inline; filename="${rollout.state.id}.${ending}"`)
            .send(render(await deps.rollouts.events(rollout.state.id), await scopeOf(deps, rollout))),
        ),
      );
    markdown('md', reportOf);
    markdown('audit.md', deploymentOf);
  };
}

async function scopeOf({ rollouts, timezone }: ReportDeps, { plan }: Rollout): Promise<ReportScope> {
  const earlier = await rollouts.list({ environment: plan.environment.name, limit: 50 });
  return { timezone: timezone?.() ?? 'UTC', earlier };
}
