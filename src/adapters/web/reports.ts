import type { FastifyPluginAsync } from 'fastify';
import { deploymentOf, htmlOf, type ReportScope, reportOf } from '../../core/report/report.ts';
import type { Chart, RolloutEvent } from '../../core/rollout/event.ts';
import type { Rollout, Rollouts } from '../../ports/rollouts.ts';
import { withRollout } from './with-rollout.ts';

export interface ReportDeps {
  rollouts: Rollouts;
  drawSvg(chart: Chart): Promise<string>;
  /** People's own time zone, by its IANA name; absent: UTC. */
  timezone?(): string;
}

type Render = (events: readonly RolloutEvent[], scope: ReportScope) => string | undefined;

/** The page runs nothing and asks for nothing, whatever stands in it. */
const inert = { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'" };

/** A rollout's report as Markdown and as a page, and its entry for an audit report. */
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
    server.get('/api/rollouts/:id/report.html', async (request, reply) =>
      withRollout(deps, request.params, reply, async (rollout) => {
        const events = await deps.rollouts.events(rollout.state.id);
        const page = await htmlOf(events, deps.drawSvg, await scopeOf(deps, rollout));
        return reply.headers(inert).type('text/html; charset=utf-8').send(page);
      }),
    );
    markdown('md', reportOf);
    markdown('audit.md', deploymentOf);
  };
}

async function scopeOf({ rollouts, timezone }: ReportDeps, { plan }: Rollout): Promise<ReportScope> {
  const earlier = await rollouts.list({ environment: plan.environment.name, limit: 50 });
  return { timezone: timezone?.() ?? 'UTC', earlier };
}
