import { googleDnsDouble } from '../doubles/google-dns.ts';
import { startKnot } from './knot.ts';
import { answered, publishing } from './published-zone.ts';

const apex = 'aether.example';
const host = 'api.aether.example';
export const addresses = { blue: '10.2.0.7', green: '10.2.0.9' };

/** The DNS of the platform: a service that holds the zone, the name server that answers it, and the clients' resolver. */
export async function openNames() {
  const service = await googleDnsDouble({ project: 'aether', zone: 'main', apex, token: 'loopback' });
  service.add(host, [addresses.blue], 3);
  const [authority, resolver] = await Promise.all([
    startKnot(apex, service.zone()),
    startKnot(apex, service.zone()),
  ]);
  service.answeredBy([authority.server]);
  const published = publishing(() => service.zone(), [authority, resolver], 300);
  const moved = (address: string) => [{ name: host, values: [address], ttl: '1s' }];
  return {
    connection: {
      kind: 'google-dns',
      project: 'aether',
      zone: 'main',
      endpoint: `${service.url}/dns/v1/`,
    },
    vars: {
      records: {
        lowered: [{ name: host, ttl: '1s' }],
        blue: moved(addresses.blue),
        green: moved(addresses.green),
      },
      resolvers: [resolver.server],
    },
    /** While it is held, name servers don't learn what the service holds. */
    hold: published.hold,
    /** What the service holds. */
    held: () => structuredClone([...service.rrsets.values()]),
    /** What the name server answers: `10.2.0.7 30`. */
    answered: () => answered(authority, host),
    /** Which side the clients' resolver leads to. */
    async side(): Promise<'blue' | 'green'> {
      const [first = ''] = await answered(resolver, host);
      return first.startsWith(`${addresses.green} `) ? 'green' : 'blue';
    },
    async stop() {
      published.stop();
      await Promise.all([service.stop(), authority.stop(), resolver.stop()]);
    },
  };
}
export type Names = Awaited<ReturnType<typeof openNames>>;
