import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { parse, stringify } from 'yaml';
import { z } from 'zod';

const kubeconfigSchema = z.looseObject({
  clusters: z.array(z.looseObject({ cluster: z.looseObject({ server: z.string() }) })).min(1),
  users: z.array(z.looseObject({ user: z.looseObject({}) })).min(1),
});

/** A request as it came in. */
export interface Asked {
  method: string;
  path: string;
  /** Who asks: the `User-Agent`. */
  agent: string;
  /** JSON, or what Kubernetes has for protocol buffers. */
  body: Buffer;
}

/** What becomes of one request. */
export interface Treatment {
  /** The API server takes it up all the same. */
  applied?: boolean;
  /** What the caller is told: a status, a cut connection, or nothing at all. */
  told: { status: number; body?: unknown; headers?: Record<string, string> } | 'cut' | 'silence';
  /** Done before the caller is told. */
  meanwhile?(): Promise<void>;
}

/** How some requests are treated; those that nobody named go through. */
export interface Fault extends Treatment {
  /** Which requests: by method and address. */
  of(method: string, path: string): boolean;
  /** So many of them. */
  times: number;
}

export interface FaultyProxy {
  /** Leads through the proxy, as the administrator. */
  kubeconfig: string;
  /** From now on; what was asked for before is over. */
  misbehave(...faults: Fault[]): void;
  /** The same, decided for each request as it comes in; undefined: it goes through. */
  judge(treat: (asked: Asked) => Treatment | undefined): void;
  /** Writes that the API server took up since then. */
  taken(): Asked[];
  /** Writes the kubeconfig anew, with another token where one is given. */
  sign(token?: string): Promise<void>;
  stop(): Promise<void>;
}

/** A forwarding proxy in front of a real API server, which misbehaves on demand. */
export async function startFaultyProxy(kubeconfig: string): Promise<FaultyProxy> {
  const real = kubeconfigSchema.parse(parse(await readFile(kubeconfig, 'utf8')));
  const upstream = new URL(real.clusters[0]?.cluster.server ?? '');
  const dir = await mkdtemp(join(tmpdir(), 'cutover-proxy-'));
  let judged: (asked: Asked) => Treatment | undefined = () => undefined;
  let taken: Asked[] = [];

  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }]);
  const server = createServer({ key, cert }, (incoming, response) => {
    void treat(incoming, response).catch(() => response.destroy());
  });

  async function treat(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '' } = incoming;
    const body = await bodyOf(incoming);
    const agent = incoming.headers['user-agent'] ?? '';
    const asked = { method, path, agent, body };
    const fault = judged(asked);
    if (fault === undefined) return forward(incoming, asked, response);
    if (fault.applied) await forward(incoming, asked, undefined);
    await fault.meanwhile?.();
    if (fault.told === 'silence') return;
    if (fault.told === 'cut') return void response.destroy();
    const {
      status,
      body: said = { kind: 'Status', message: `made up: ${status}`, code: status },
      headers,
    } = fault.told;
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(`${JSON.stringify(said)}\n`);
  }

  async function forward(
    incoming: IncomingMessage,
    asked: Asked,
    response: ServerResponse | undefined,
  ): Promise<void> {
    const { method = '', url = '', headers } = incoming;
    const options = { method, headers: { ...headers, host: upstream.host }, rejectUnauthorized: false };
    const outgoing = request(new URL(url, upstream), options);
    response?.on('close', () => outgoing.destroy());
    outgoing.on('error', () => response?.destroy()).end(asked.body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    const { statusCode = 500 } = answer;
    if (method !== 'GET' && statusCode < 300) taken.push(asked);
    if (response === undefined) return void answer.resume();
    answer.pipe(response.writeHead(statusCode, answer.headers));
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const path = join(dir, 'kubeconfig');
  const cluster = { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
  const sign = (token?: string): Promise<void> => {
    const users = real.users.map((user) => (token === undefined ? user : { ...user, user: { token } }));
    const clusters = real.clusters.map((one) => ({ ...one, cluster }));
    return writeFile(path, stringify({ ...real, clusters, users }));
  };
  await sign();
  return {
    kubeconfig: path,
    sign,
    misbehave(...given) {
      judged = ({ method, path }) => {
        const fault = given.find(({ of, times }) => times > 0 && of(method, path));
        if (fault !== undefined) fault.times -= 1;
        return fault;
      };
      taken = [];
    },
    judge(treat) {
      judged = treat;
      taken = [];
    },
    taken: () => [...taken],
    async stop() {
      server.close();
      server.closeAllConnections();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
