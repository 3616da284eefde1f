import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { NameRecord, NameResolver } from '../../ports/world.ts';

const codes: Record<string, string> = {
  ENOTFOUND: 'the name does not exist',
  ENODATA: 'the name has no such record',
  ETIMEOUT: 'the name server did not answer in time',
  ECONNREFUSED: 'the name server refused the connection',
  ESERVFAIL: 'the name server failed (SERVFAIL)',
  EREFUSED: 'the name server refused to answer (REFUSED)',
};

type Found = Omit<NameRecord, 'type'>;

function addresses(found: { address: string; ttl: number }[]): Found {
  return { values: found.map(({ address }) => address), ttl: Math.max(...found.map(({ ttl }) => ttl)) };
}

const ask = {
  A: async (resolver: Resolver, name: string): Promise<Found> =>
    addresses(await resolver.resolve4(name, { ttl: true })),
  AAAA: async (resolver: Resolver, name: string): Promise<Found> =>
    addresses(await resolver.resolve6(name, { ttl: true })),
  CNAME: async (resolver: Resolver, name: string): Promise<Found> => ({
    values: await resolver.resolveCname(name),
  }),
  NS: async (resolver: Resolver, name: string): Promise<Found> => ({
    values: await resolver.resolveNs(name),
  }),
  TXT: async (resolver: Resolver, name: string): Promise<Found> => ({
    values: (await resolver.resolveTxt(name)).map((chunks) => chunks.join('')),
  }),
};

/** Asks name servers directly, past any cache of the system. A try takes at most two seconds; there are two. */
export function nameResolver(): NameResolver {
  return {
    async resolve(name, type, server, signal): Promise<NameRecord> {
      signal?.throwIfAborted();
      const resolver = new Resolver({ timeout: 2_000, tries: 2 });
      if (server !== undefined) resolver.setServers([await addressOf(server)]);
      const cancel = () => resolver.cancel();
      signal?.addEventListener('abort', cancel, { once: true });
      try {
        const { values, ...more } = await ask[type](resolver, name);
        return { type, values: values.sort(), ...more };
      } catch (cause) {
        signal?.throwIfAborted();
        throw failure(name, type, server, cause);
      } finally {
        signal?.removeEventListener('abort', cancel);
      }
    },
  };
}

/** `setServers` takes addresses alone: a name server given by name is looked up first. */
async function addressOf(server: string): Promise<string> {
  const { host, port } = hostAndPort(server);
  if (isIP(host) === 6) return `[${host}]:${port}`;
  if (isIP(host) === 4) return `${host}:${port}`;
  const [address] = await new Resolver({ timeout: 2_000, tries: 2 })
    .resolve4(host)
    .catch((cause: unknown) => {
      throw new Error(`The name server ${host} can't be found: ${reasonOf(cause)}.`, { cause });
    });
  return `${address}:${port}`;
}

function hostAndPort(server: string): { host: string; port: string } {
  if (isIP(server) === 6) return { host: server, port: '53' };
  const match = /^\[?([^\]]+?)\]?(?::(\d+))?$/.exec(server);
  return { host: match?.[1] ?? server, port: match?.[2] ?? '53' };
}

function failure(name: string, type: string, server: string | undefined, cause: unknown): Error {
  const from = server === undefined ? '' : ` at ${server}`;
  const code = codeOf(cause);
  return Object.assign(new Error(`${type} ${name}${from}: ${reasonOf(cause)}`, { cause }), { code });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

function reasonOf(error: unknown): string {
  return codes[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
}
