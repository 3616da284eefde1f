import { z } from 'zod';
import type { Answer, Handler, Route } from '../service/http.ts';
import { checked } from '../service/mutation.ts';
import { suffer } from './faults.ts';
import type { Platform } from './platform.ts';

const intentSchema = z.strictObject({ id: z.string().min(1).max(200) });

/** What clients use: reads always, intents only while safe mode is off. */
export function trafficRoutes(platform: Platform): Route[] {
  const reads = ['/orders', '/positions', '/prices'].map(
    (path): Route => ({ method: 'GET', path, handle: measured(platform, path, () => list(platform, path)) }),
  );
  return [...reads, { method: 'POST', path: '/intents', handle: intents(platform) }];
}

/** Traffic is not recorded; an intent that a rollout sends is a mutating call like any other. */
function intents(platform: Platform): Handler {
  const handle = ({ id }: z.infer<typeof intentSchema>) => take(platform, id);
  const traffic = checked(intentSchema, handle);
  const recorded = platform.guard.mutate(intentSchema, handle);
  return (call) => (call.headers['cutover-rollout'] === undefined ? traffic(call) : recorded(call));
}

function take(platform: Platform, id: string): Promise<Answer> | Answer {
  if (!platform.safeMode.value.enabled)
    return measured(platform, '/intents', () => processed(platform, id))();
  platform.intents.rejected();
  platform.metrics.rejected();
  const reason = `safe mode is on at ${platform.colour}: writes are frozen, reads stay up`;
  return { status: 503, body: { error: 'safe mode', reason } };
}

function processed(platform: Platform, id: string): Answer {
  platform.intents.processed();
  platform.metrics.processed();
  return { status: 202, body: { id, status: 'processed', colour: platform.colour }, changed: true };
}

function list({ colour, version }: Platform, path: string): Answer {
  const items = [1, 2, 3].map((number) => ({
    id: `${path.slice(1, 4)}-${number}`,
    at: new Date().toISOString(),
  }));
  return { status: 200, body: { colour, version, items } };
}

/** Orders are passed on to the exchange: its answer is in the log. */
const upstream: Readonly<Record<string, string>> = { '/orders': 'aster' };

function measured(platform: Platform, path: string, handle: () => Answer): () => Promise<Answer> {
  return async () => {
    const start = performance.now();
    const fails = await suffer(platform.faults);
    const answer = fails ? { status: 500, body: { error: 'the fault that was switched on' } } : handle();
    const seconds = (performance.now() - start) / 1_000;
    platform.metrics.served(answer.status, seconds);
    const to = upstream[path];
    const fields = { path, status: answer.status, seconds, ...(to === undefined ? {} : { upstream: to }) };
    platform.log(fails ? 'ERROR' : 'INFO', `${path} ${answer.status}`, fields);
    return answer;
  };
}
