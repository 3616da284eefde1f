import { Resolver } from 'node:dns/promises';
import type { PublishedRecord } from '../doubles/zone.ts';
import type { startKnot } from './knot.ts';

type Knot = Awaited<ReturnType<typeof startKnot>>;

/** What a name server says of a host, with the TTL, past every cache: `10.2.0.7 30`. */
export async function answered({ server }: Pick<Knot, 'server'>, name: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  resolver.setServers([server]);
  return (await resolver.resolve4(name, { ttl: true })).map(({ address, ttl }) => `${address} ${ttl}`).sort();
}

/**
 * Name servers learn what a DNS service holds so many milliseconds after it was changed, one later than the other;
 * while the zone is held they learn nothing.
 */
export function publishing(zone: () => PublishedRecord[], servers: readonly Knot[], lag: number) {
  let known = JSON.stringify(zone());
  let held = false;
  const late = new Set<NodeJS.Timeout>();
  const look = setInterval(() => {
    const now = zone();
    if (held || JSON.stringify(now) === known) return;
    known = JSON.stringify(now);
    for (const [index, server] of servers.entries())
      late.add(setTimeout(() => void server.publish(now).catch(() => undefined), lag * (index + 1)));
  }, 20);
  return {
    hold(on: boolean) {
      held = on;
    },
    stop() {
      clearInterval(look);
      for (const timer of late) clearTimeout(timer);
    },
  };
}
