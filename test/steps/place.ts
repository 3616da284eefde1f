import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { githubDouble } from '../doubles/github.ts';
import { linodeDouble } from '../doubles/linode.ts';
import { registryDouble } from '../doubles/registry.ts';
import { type GoogleForTest, googleForTest } from '../google/double.ts';
import { json, type Seen, serve, type TestServer } from '../support/http-server.ts';
import { noon } from '../support/step-context.ts';

/** Where the contract's steps act: a server that answers and keeps a ledger, and one that takes calls and never answers. */
export interface Place {
  server: TestServer;
  /** A registry with the image `aether/platform:v2.4.0`. */
  registry: TestServer;
  /** Google Cloud with the service `api` and the proxy `front`; its operations take no time. */
  google: GoogleForTest;
  /** GitHub with the repository `aether/platform` and its workflow `ci.yaml`. */
  github: TestServer;
  /** Linode with the zone `aether.example`, in which `api` is 10.2.0.7. */
  linode: TestServer;
  /** Whatever may have changed something at any of the servers. */
  mutations(): Seen[];
  /** `host:port` of the one that never answers, over TCP and UDP. */
  silent: string;
  silentPort: number;
  /** Resolves when somebody called the one that never answers. */
  called: Promise<unknown>;
  /** Everything that was touched, in any way. */
  touched(): number;
  /** The state that PUT and POST set: an entry of the ledger for each that reached it. */
  state(): unknown;
  stop(): Promise<void>;
}

export async function openPlace(): Promise<Place> {
  let state: unknown = { api: 'blue' };
  const server = await serve(({ method, body }, response) => {
    if (method !== 'GET') state = JSON.parse(body);
    json(response, state, 200, { etag: '"1"', 'x-frame-options': 'DENY' });
  });
  const registry = await registryDouble();
  registry.push('aether/platform', 'v2.4.0', ['linux/amd64']);
  const google = await googleForTest();
  google.disturb({ operationMs: 0 });
  const linode = await linodeDouble({ zone: 'aether.example', token: 'value of LINODE' });
  linode.add('api', '10.2.0.7', 300);
  const repository = 'aether/platform';
  const token = 'value of GITHUB';
  const github = await githubDouble({ repository, token, now: () => noon, inputs: ['cutover'] });
  const servers: TestServer[] = [server, registry, google, linode, github];
  const sockets = new Set<Socket>();
  const calls = new AbortController();
  let silentCalls = 0;
  const onCall = () => {
    silentCalls += 1;
    calls.abort();
  };
  const tcp = createServer((socket) => {
    sockets.add(socket.on('error', () => socket.destroy()).resume());
    onCall();
  }).listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket('udp4').on('message', onCall).bind(port, '127.0.0.1');
  await once(udp, 'listening');
  return {
    server,
    registry,
    google,
    linode,
    github,
    mutations: () => servers.flatMap((one) => one.mutations()),
    silent: `127.0.0.1:${port}`,
    silentPort: port,
    called: once(calls.signal, 'abort'),
    touched: () => servers.reduce((sum, { seen }) => sum + seen.length, silentCalls),
    state: () => state,
    async stop() {
      for (const socket of sockets) socket.destroy();
      tcp.close();
      udp.close();
      await Promise.all(servers.map((one) => one.stop()));
    },
  };
}
