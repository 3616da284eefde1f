import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createGoogle } from './google/double.ts';
import { serveGoogle } from './google/server.ts';
import { googleStateSchema, seeded, seedSchema } from './google/state.ts';
import { openLedger } from './ledger.ts';
import { liveWithParent, tellReady } from './process/parent.ts';
import { durable } from './service/durable.ts';
import { listen } from './service/http.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { port: text, state: text, ledger: text, seed: text, token: text } });
const options = z
  .object({
    port: z.coerce.number(),
    state: z.string(),
    ledger: z.string(),
    seed: z.string().describe('A file with what there is at first'),
    token: z.string().optional(),
  })
  .parse(values);

liveWithParent();
const seed = seedSchema.parse(JSON.parse(readFileSync(options.seed, 'utf8')));
const google = createGoogle({
  state: durable(options.state, googleStateSchema, seeded(seed)),
  now: () => Date.now(),
  ledger: openLedger(options.ledger),
  base: () => `http://127.0.0.1:${options.port}`,
  ...(options.token === undefined ? {} : { token: options.token }),
});
await listen(serveGoogle(google), options.port);
tellReady();
