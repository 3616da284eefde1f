import { type FastifyInstance, fastify } from 'fastify';
import type { Registry } from 'prom-client';
import { installErrors, type WebLog } from './errors.ts';
import { installHeaders } from './headers.ts';
import { health, type ReadinessCheck } from './health.ts';
import { metrics } from './metrics.ts';

export interface HealthServerDeps {
  readiness: Readonly<Record<string, ReadinessCheck>>;
  registry: Registry;
  log: WebLog;
}

/** A server, not yet listening, of `/healthz`, `/readyz` and `/metrics` and nothing else: what a worker shows. */
export async function createHealthServer(deps: HealthServerDeps): Promise<FastifyInstance> {
  const server = fastify({ bodyLimit: 1_024, forceCloseConnections: 'idle' });
  installHeaders(server, []);
  installErrors(server, deps.log);
  await server.register(health(deps.readiness));
  await server.register(metrics(deps.registry));
  return server;
}
