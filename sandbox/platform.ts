import { parseArgs } from 'node:util';
import { z } from 'zod';
import { colourSchema } from './colour.ts';
import { serveFeed } from './platform/feed.ts';
import { operationRoutes } from './platform/operations.ts';
import { openPlatform } from './platform/platform.ts';
import { trafficRoutes } from './platform/traffic.ts';
import { liveWithParent, tellReady } from './process/parent.ts';
import { listen, serve } from './service/http.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    colour: text,
    port: text,
    version: text,
    state: text,
    ledger: text,
    frozen: { type: 'boolean' },
    log: { type: 'boolean' },
  },
});
const options = z
  .object({
    colour: colourSchema,
    port: z.coerce.number(),
    version: z.string(),
    state: z.string(),
    ledger: z.string(),
    frozen: z.boolean().default(false),
    log: z.boolean().default(false),
  })
  .parse(values);

liveWithParent();
const platform = openPlatform(options);
const routes = [...operationRoutes(platform), ...trafficRoutes(platform)];
const server = serve(routes, { notice: platform.guard.notice });
serveFeed(server, platform);
await listen(server, options.port);
tellReady();
