import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { statusOf } from '../../sandbox/google/refusal.ts';
import { faultyForwarding, type Misbehaving } from './faulty-forwarding.ts';

export interface FaultyGoogle extends Misbehaving {
  /** Leads through to Google. */
  url: string;
  stop(): Promise<void>;
}

/** Stands between a bot and the double of Google Cloud, and misbehaves on demand. */
export async function startFaultyGoogle(google: string): Promise<FaultyGoogle> {
  const said = (code: number) => ({
    error: { code, message: 'The fault that was switched on.', status: statusOf(code) },
  });
  const { handle, ...misbehaving } = faultyForwarding(new URL(google), said);
  const server = createServer(handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ...misbehaving,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
