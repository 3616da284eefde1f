import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';

export const token = 'the-token-of-the-bench';

/** A process that takes alerts: what of the bot does, or the least that could. */
export async function alertServer(kind: 'ours' | 'bare' | 'bare-each', redisUrl: string) {
  const script = new URL('./alert-server.ts', import.meta.url);
  const child = fork(script, [kind, redisUrl, token], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    /** The most memory that it had so far, in bytes. */
    async peak(): Promise<number> {
      child.send('peak');
      const [{ peak }] = (await once(child, 'message')) as [{ peak: number }];
      return peak;
    },
    stop: () => child.kill(),
  };
}

/** As many deliveries at a time as the webhook takes. */
const atOnce = 64;

/** Posts all at once; answers milliseconds until the last was taken. */
export async function deliver(url: string, bodies: readonly string[]): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const from = performance.now();
  const statuses = await Promise.all(bodies.map((body) => post(url, Buffer.from(body), agent)));
  const took = performance.now() - from;
  agent.destroy();
  if (statuses.some((status) => status !== 200)) throw new Error(`refused: ${statuses}`);
  return took;
}

function post(url: string, body: Buffer, agent: Agent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': body.length,
    };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    sent.on('error', reject).end(body);
  });
}
