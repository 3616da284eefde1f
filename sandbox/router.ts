import type { IncomingMessage } from 'node:http';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type Colour, colourSchema } from './colour.ts';
import { liveWithParent, tellReady } from './process/parent.ts';
import { hostRoutes, openHosts } from './router/hosts.ts';
import { routerMetrics } from './router/metrics.ts';
import { hostOf, proxy, type Target } from './router/proxy.ts';
import { upgrades } from './router/upgrade.ts';
import { listen, type Route, serve } from './service/http.ts';
import { guard } from './service/mutation.ts';

const text = { type: 'string' } as const;
const port = z.coerce.number();
const { values } = parseArgs({ options: { port: text, blue: text, green: text, state: text, ledger: text } });
const options = z
  .object({ port, blue: port, green: port, state: z.string(), ledger: z.string() })
  .parse(values);

const deployedSchema = z.object({ deployed: z.array(colourSchema) });
let deployed: readonly Colour[] = [];
process.on('message', (message) => {
  deployed = deployedSchema.parse(message).deployed;
});

liveWithParent();
const hosts = openHosts(options.state);
const target = (request: IncomingMessage): Target => {
  const host = hostOf(request);
  const colour = hosts.value[host];
  return { host, colour, port: options[colour] };
};
const connections = upgrades(target);
const metrics = routerMetrics();
const { mutate, notice } = guard('router', options);
const routes: Route[] = [
  ...hostRoutes({
    hosts,
    deployed: () => deployed,
    mutate,
    onMove: connections.endMoved,
  }),
  { method: 'GET', path: '/_router/healthz', handle: () => ({ status: 200, body: { status: 'ok' } }) },
  {
    method: 'GET',
    path: '/_router/metrics',
    handle: async () => ({ status: 200, body: await metrics.text() }),
  },
];
const server = serve(routes, { notice, fallback: proxy(target, metrics) });
server.on('upgrade', connections.accept);
await listen(server, options.port);
tellReady();
