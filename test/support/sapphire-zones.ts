import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { recordSetSchema } from '../../sandbox/google/dns/resource.ts';
import { hosts, zone } from '../../sandbox/sapphire/names.ts';
import { startKnot, type ZoneRecord } from './knot.ts';
import { answered } from './published-zone.ts';

const zonesSchema = z.object({ published: z.array(recordSetSchema) });
const stateSchema = z.object({
  value: z.object({ dns: z.object({ zones: z.record(z.string(), zonesSchema) }) }),
});

/** What the name servers of a project's zone answer by now, as its double keeps it in a folder. */
function publishedIn(folder: string): ZoneRecord[] {
  const { value } = stateSchema.parse(JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')));
  const sets = Object.values(value.dns.zones).flatMap(({ published }) => published);
  const plain = (name: string) => name.replace(/\.$/, '');
  return sets
    .filter(({ type }) => type !== 'SOA')
    .flatMap(({ name, type, ttl, rrdatas }) =>
      rrdatas.map((value) => ({ name: plain(name), type, ttl, value: plain(value) })),
    );
}

type Knot = Awaited<ReturnType<typeof startKnot>>;

/** Publishes what is held whenever it is something else than was published last; what fails is tried again. */
async function keepPublished(knot: Knot, held: () => ZoneRecord[], signal: AbortSignal): Promise<void> {
  for (let known = ''; !signal.aborted; await pause(50, undefined, { signal }).catch(() => undefined)) {
    const now = held();
    if (JSON.stringify(now) === known) continue;
    await knot.publish(now).then(
      () => {
        known = JSON.stringify(now);
      },
      () => undefined,
    );
  }
}

/** A real name server for the zone of each environment of Sapphire. It answers what the environment's project holds. */
export async function startZones(environments: readonly string[]) {
  const pairs = environments.map(async (name) => [name, await startKnot(zone, [])] as const);
  const knots = new Map(await Promise.all(pairs));
  const stopping = new AbortController();
  const following: Promise<void>[] = [];
  return {
    /** Where each answers: `host:port`. */
    servers: Object.fromEntries([...knots].map(([name, { server }]) => [name, server])),
    /** From now on they answer what the projects below this folder hold. */
    follow(folder: string): void {
      for (const [name, knot] of knots)
        following.push(keepPublished(knot, () => publishedIn(join(folder, name)), stopping.signal));
    },
    /** What the hosts of an environment lead to, with the TTL: `192.0.2.20 1`. */
    async answers(environment: string): Promise<string[]> {
      const knot = knots.get(environment);
      if (knot === undefined) throw new Error(`no name server for ${environment}`);
      return (await Promise.all(hosts.map((host) => answered(knot, host)))).flat();
    },
    async stop(): Promise<void> {
      stopping.abort();
      await Promise.all(following);
      await Promise.all([...knots.values()].map((knot) => knot.stop()));
    },
  };
}
