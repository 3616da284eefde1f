import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** A real server with a metrics page whose numbers the test drives. */
export async function metricsServer() {
  const registry = new Registry();
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'r',
    labelNames: ['status'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'd',
    buckets: [0.05, 0.1, 0.25, 0.5, 1],
    registers: [registry],
  });
  const safeMode = new Gauge({ name: 'safe_mode', help: 's', registers: [registry] });
  let status = 200;
  let reads = 0;
  const server = createServer(async (_, response) => {
    reads += 1;
    const page = await registry.metrics();
    response
      .writeHead(status, { 'content-type': registry.contentType })
      .end(status === 200 ? page : 'no data');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/metrics`,
    reads: () => reads,
    safeMode,
    /** So many requests, of which some fail, each taking so many seconds. */
    serve(count: number, failed = 0, seconds = 0.08) {
      requests.inc({ status: '200' }, count - failed);
      if (failed > 0) requests.inc({ status: '500' }, failed);
      for (let served = 0; served < count; served += 1) duration.observe(seconds);
    },
    /** The process starts anew: its counters are zero. */
    restart() {
      registry.resetMetrics();
    },
    answer(next: number) {
      status = next;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
