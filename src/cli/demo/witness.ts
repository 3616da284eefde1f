import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { readLedgers } from '../../../sandbox/ledger.ts';
import type { Sandbox } from '../../../sandbox/start.ts';

const hostsSchema = z.object({ api: z.string(), app: z.string() });
const safeModeSchema = z.object({ enabled: z.boolean() });

/** The sandbox, asked beside the bot: what it says counts, not what the bot says of it. */
export interface Witness {
  /** Where the router says that each host goes. */
  hosts(): Promise<z.infer<typeof hostsSchema>>;
  /** Which colour answered a client's request to each host. */
  servedBy(): Promise<{ api: string; app: string }>;
  /** Whether writes are frozen on a colour. */
  frozen(colour: 'blue' | 'green'): Promise<boolean>;
  /** How a rollout moved the hosts by the router's own ledger, as `step: colour`, in order. */
  moves(rollout: string): Promise<string[]>;
}

export function witnessOf({ urls }: Pick<Sandbox, 'urls'>, dataDir: string): Witness {
  return {
    hosts: async () => hostsSchema.parse(await read(`${urls.router}/_router/hosts`)),
    servedBy: async () => ({
      api: await servedBy(urls.router, 'api.sandbox'),
      app: await servedBy(urls.router, 'app.sandbox'),
    }),
    frozen: async (colour) => safeModeSchema.parse(await read(`${urls[colour]}/safe-mode`)).enabled,
    async moves(rollout) {
      const moved = (await readLedgers(dataDir)).filter(
        (entry) => entry.kind === 'effect' && entry.path === '/_router/hosts' && entry.rollout === rollout,
      );
      return moved.map(({ step, body }) => `${step}: ${hostsSchema.parse(body).api}`);
    },
  };
}

async function read(url: string): Promise<unknown> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  return answer.json();
}

/** `fetch` sends the address as the host, whatever it is told; a client of a named host needs plain HTTP. */
function servedBy(router: string, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(
      `${router}/orders`,
      { headers: { host }, agent: false, timeout: 5_000 },
      (answer) => {
        text(answer).then(() => resolve(String(answer.headers['x-served-by'])), reject);
      },
    );
    call.on('timeout', () => call.destroy(new Error(`The router did not answer for ${host}.`)));
    call.on('error', reject);
    call.end();
  });
}
