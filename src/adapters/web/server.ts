import { type FastifyInstance, type FastifyPluginAsync, fastify } from 'fastify';
import type { Registry } from 'prom-client';
import type { Chart } from '../../core/rollout/event.ts';
import type { Rollouts } from '../../ports/rollouts.ts';
import { api } from './api.ts';
import { installErrors, type WebLog } from './errors.ts';
import { type EventSource, events } from './events.ts';
import type { Gate } from './gate.ts';
import { createGate, type GateDeps } from './gate.ts';
import { installHeaders } from './headers.ts';
import { health, type ReadinessCheck } from './health.ts';
import { metrics } from './metrics.ts';
import { reports } from './reports.ts';
import { signIn } from './sign-in.ts';

export interface WebDeps {
  rollouts: Rollouts;
  log: WebLog;
  access: GateDeps;
  readiness: Readonly<Record<string, ReadinessCheck>>;
  /** What somebody has to mend while the bot goes on; `/readyz` says it. */
  remarks?: () => readonly string[];
  registry: Registry;
  drawSvg(chart: Chart): Promise<string>;
  /** The policy's time zone for reports, by its IANA name; absent: UTC. */
  timezone?(): string;
  /** Followed at `/api/events` besides the rollouts' changes. */
  sources?: readonly EventSource[];
  /** CSP sources of scripts that the page needs besides its own files. */
  scripts?: readonly string[];
  /** Behind the gate: nobody comes here without being a viewer. */
  guarded?: readonly ((gate: Gate) => FastifyPluginAsync)[];
  /** For everybody: the page's own files, and webhooks that check a secret of their own. */
  open?: readonly FastifyPluginAsync[];
  /** Milliseconds; for tests. */
  heartbeat?: number;
  /** Milliseconds in which a request must have come whole, its body too; absent: 30 seconds. */
  requestTimeout?: number;
}

/** Bodies beyond this are refused with 413, unless a route allows more. */
const bodyLimit = 64 * 1024;
const requestTimeout = 30_000;

/**
 * The bot's web server, not yet listening. Health, metrics and the page's files are open; the API and the
 * console are behind the gate. Closing it ends every event stream. A request that dribbles in is ended with 408.
 */
export async function createWebServer(deps: WebDeps): Promise<FastifyInstance> {
  const patience = deps.requestTimeout ?? requestTimeout;
  const server = fastify({
    bodyLimit,
    requestTimeout: patience,
    // The longer of the two counts for the whole request, whichever it is.
    http: { headersTimeout: patience, connectionsCheckingInterval: Math.min(patience, 5_000) },
    routerOptions: { maxParamLength: 128 },
    forceCloseConnections: 'idle',
  });
  installHeaders(server, deps.scripts ?? []);
  installErrors(server, deps.log);
  const gate = createGate(deps.access);
  await server.register(health(deps.readiness, deps.remarks));
  await server.register(metrics(deps.registry));
  await server.register(signIn(gate, deps.access));
  for (const plugin of deps.open ?? []) await server.register(plugin);
  await server.register(async (guarded) => {
    guarded.addHook('onRequest', gate.guard);
    guarded.addHook('onSend', async (_request, reply) => {
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    });
    const changes: EventSource = {
      subscribe: (send) => deps.rollouts.onChange((id, seq) => send({ id, seq })),
    };
    const heartbeat = deps.heartbeat === undefined ? {} : { heartbeat: deps.heartbeat };
    await guarded.register(api(deps));
    await guarded.register(reports(deps));
    await guarded.register(events({ sources: [changes, ...(deps.sources ?? [])], ...heartbeat }));
    for (const plugin of deps.guarded ?? []) await guarded.register(plugin(gate));
  });
  return server;
}
