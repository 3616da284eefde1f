import type { FastifyPluginAsync } from 'fastify';
import type { Registry } from 'prom-client';

/** `/metrics` in Prometheus' text format; counts and durations only, so it needs no token. */
export function metrics(registry: Registry): FastifyPluginAsync {
  return async (server) => {
    server.get('/metrics', async (_request, reply) =>
      reply
        .header('cache-control', 'no-store')
        .type(registry.contentType)
        .send(await registry.metrics()),
    );
  };
}
