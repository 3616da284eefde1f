import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { serveDns } from './google/dns/answers.ts';
import { createGoogle } from './google/double.ts';
import { faultBoard } from './google/faults.ts';
import { createFront } from './google/front.ts';
import { logBook } from './google/logs/book.ts';
import { revisionProcesses } from './google/revisions.ts';
import { serveGoogle } from './google/server.ts';
import { googleStateSchema, seeded, seedSchema } from './google/state.ts';
import { openLedger } from './ledger.ts';
import { liveWithParent, tellReady } from './process/parent.ts';
import { durable } from './service/durable.ts';
import { listen } from './service/http.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    port: text,
    state: text,
    ledger: text,
    seed: text,
    token: text,
    processes: text,
    dns: text,
  },
});
const options = z
  .object({
    port: z.coerce.number(),
    state: z.string(),
    ledger: z.string(),
    seed: z.string().describe('A file with what there is at first'),
    token: z.string().optional(),
    processes: z
      .string()
      .optional()
      .describe('A folder: each revision runs as a process that keeps its state there'),
    dns: z.coerce.number().optional().describe('The port on which the zones’ name server answers'),
  })
  .parse(values);

liveWithParent();
const seed = seedSchema.parse(JSON.parse(readFileSync(options.seed, 'utf8')));
const faults = faultBoard();
const logs = logBook(() => Date.now());
const revisions =
  options.processes === undefined
    ? undefined
    : revisionProcesses(options.processes, { faults: () => faults.faults, log: logs.take });
const google = createGoogle({
  state: durable(options.state, googleStateSchema, seeded(seed)),
  now: () => Date.now(),
  ledger: openLedger(options.ledger),
  faults,
  logs,
  base: () => `http://127.0.0.1:${options.port}`,
  ...(options.token === undefined ? {} : { token: options.token }),
  ...(revisions === undefined ? {} : { revisions }),
});
const front = createFront(google.state.run, (revision) => revisions?.portOf(revision));
process.on('SIGTERM', () => void Promise.resolve(revisions?.stop()).then(() => process.exit(0)));
if (options.dns !== undefined) await serveDns(google.state.dns, options.dns, google.advance);
await listen(serveGoogle(google, front), options.port);
tellReady();
