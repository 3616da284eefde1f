import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { faultyForwarding, type Misbehaving } from './faulty-forwarding.ts';

const kubeconfigSchema = z.looseObject({
  clusters: z.array(z.looseObject({ cluster: z.looseObject({ server: z.string() }) })).min(1),
  users: z.array(z.looseObject({ user: z.looseObject({}) })).min(1),
});

export interface FaultyProxy extends Misbehaving {
  /** Leads through the proxy, as the administrator. */
  kubeconfig: string;
  /** Writes the kubeconfig anew, with another token where one is given. */
  sign(token?: string): Promise<void>;
  stop(): Promise<void>;
}

/** A forwarding proxy in front of a real API server, which misbehaves on demand. */
export async function startFaultyProxy(kubeconfig: string): Promise<FaultyProxy> {
  const real = kubeconfigSchema.parse(parse(await readFile(kubeconfig, 'utf8')));
  const upstream = new URL(real.clusters[0]?.cluster.server ?? '');
  const dir = await mkdtemp(join(tmpdir(), 'cutover-proxy-'));
  const said = (code: number) => ({ kind: 'Status', message: `made up: ${code}`, code });
  const { handle, ...misbehaving } = faultyForwarding(upstream, said);
  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }]);
  const server = createServer({ key, cert }, handle);

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
    ...misbehaving,
    kubeconfig: path,
    sign,
    async stop() {
      server.close();
      server.closeAllConnections();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
