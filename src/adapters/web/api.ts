import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import { z } from 'zod';
import { verifyChain } from '../../core/rollout/chain.ts';
import type { Chart } from '../../core/rollout/event.ts';
import { describeRollout } from '../../core/rollout/view.ts';
import type { Rollout, Rollouts } from '../../ports/rollouts.ts';
import { badInput, sendProblem } from './problem.ts';
import { withRollout } from './with-rollout.ts';

export interface ApiDeps {
  rollouts: Rollouts;
  drawSvg(chart: Chart): Promise<string>;
}

const listQuery = z.strictObject({
  environment: z.string().min(1).max(64).optional(),
  active: z.enum(['true', 'false']).optional(),
  duties: z.enum(['true', 'false']).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
const journalQuery = z.strictObject({ after: z.coerce.number().int().min(0).default(0) });
const chartParams = z.object({ id: z.string(), file: z.string() });

/** A picture is inert: no script, no request, whatever stands in it. */
const pictureHeaders = {
  'cache-control': 'private, no-cache',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
};

/** Rollouts for reading: newest first, one, its journal in order, the proof of its journal, its charts. */
export function api(deps: ApiDeps): FastifyPluginAsync {
  return async (server) => {
    server.get('/api/rollouts', async (request, reply) => {
      const query = listQuery.safeParse(request.query);
      if (!query.success) return refuseQuery(reply, query.error);
      const { environment, active, duties, limit } = query.data;
      const found = await deps.rollouts.list({
        limit,
        ...(environment === undefined ? {} : { environment }),
        ...(active === 'true' ? { active: true } : {}),
        ...(duties === 'true' ? { duties: true } : {}),
      });
      return found.map(describeRollout);
    });

    server.get('/api/rollouts/:id', async (request, reply) =>
      withRollout(deps, request.params, reply, describeRollout),
    );

    server.get('/api/rollouts/:id/journal', async (request, reply) => {
      const query = journalQuery.safeParse(request.query);
      if (!query.success) return refuseQuery(reply, query.error);
      return withRollout(deps, request.params, reply, ({ state }) =>
        deps.rollouts.events(state.id, query.data.after),
      );
    });

    server.get('/api/rollouts/:id/journal/verification', async (request, reply) =>
      withRollout(deps, request.params, reply, async ({ state }) => {
        const events = await deps.rollouts.events(state.id);
        return { events: events.length, ...verifyChain(events) };
      }),
    );

    server.get('/api/rollouts/:id/charts/:file', async (request, reply) => {
      const { file } = chartParams.parse(request.params);
      return withRollout(deps, request.params, reply, async (rollout) => {
        const chart = file.endsWith('.svg') ? chartOf(rollout, file.slice(0, -4)) : undefined;
        if (chart === undefined) return reply.callNotFound();
        return reply
          .headers(pictureHeaders)
          .type('image/svg+xml')
          .send(await deps.drawSvg(chart));
      });
    });
  };
}

/** The chart of a step, or of the watch under the name `hypercare`. */
function chartOf({ state }: Rollout, name: string): Chart | undefined {
  return Object.hasOwn(state.steps, name) ? state.steps[name]?.chart : hypercareChart({ state }, name);
}

function hypercareChart({ state }: Pick<Rollout, 'state'>, name: string): Chart | undefined {
  if (name !== 'hypercare') return undefined;
  return state.hypercare?.finding?.chart ?? state.hypercare?.chart;
}

function refuseQuery(reply: FastifyReply, error: z.ZodError): FastifyReply {
  return sendProblem(reply, 400, badInput('The query was not understood.', z.prettifyError(error)));
}
