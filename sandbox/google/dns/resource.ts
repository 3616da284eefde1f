import { z } from 'zod';

export const recordSetSchema = z.strictObject({
  /** With its last dot, as Cloud DNS writes names. */
  name: z.string(),
  type: z.string(),
  ttl: z.int(),
  rrdatas: z.array(z.string()).min(1),
});
export type ResourceRecordSet = z.infer<typeof recordSetSchema>;

const changeSchema = z.strictObject({
  id: z.string(),
  startTime: z.string(),
  /** Milliseconds since the epoch; name servers give the new answers from then on. */
  due: z.number(),
  done: z.boolean(),
  additions: z.array(recordSetSchema),
  deletions: z.array(recordSetSchema),
});
export type Change = z.infer<typeof changeSchema>;

export const zoneSchema = z.strictObject({
  name: z.string(),
  id: z.string(),
  dnsName: z.string(),
  creationTime: z.string(),
  nameServers: z.array(z.string()),
  /** What the API tells. */
  records: z.array(recordSetSchema),
  /** What name servers answer. */
  published: z.array(recordSetSchema),
  changes: z.array(changeSchema),
});
export type ManagedZone = z.infer<typeof zoneSchema>;

/** Zones by `P/NAME`. */
export const dnsStateSchema = z.strictObject({ zones: z.record(z.string(), zoneSchema) });
export type DnsState = z.infer<typeof dnsStateSchema>;

/** What a zone is seeded with: names without their last dot. */
export const zoneSeedSchema = z.strictObject({
  dnsName: z.string(),
  nameServers: z.array(z.string()).min(1),
  records: z.array(recordSetSchema).default([]),
});

const dotted = (name: string): string => `${name}.`;

/** A zone with its SOA and NS records, and those of the seed. */
export function zoneOf(
  name: string,
  id: string,
  born: string,
  seed: z.infer<typeof zoneSeedSchema>,
): ManagedZone {
  const apex = dotted(seed.dnsName);
  const nameServers = seed.nameServers.map(dotted);
  const soa = `${nameServers[0]} cloud-dns-hostmaster.google.com. 1 21600 3600 259200 300`;
  const records: ResourceRecordSet[] = [
    { name: apex, type: 'NS', ttl: 21_600, rrdatas: nameServers },
    { name: apex, type: 'SOA', ttl: 21_600, rrdatas: [soa] },
    ...seed.records.map((set) => ({ ...set, name: dotted(set.name) })),
  ];
  const zone = { name, id, dnsName: apex, creationTime: born, nameServers, changes: [] };
  return { ...zone, records, published: structuredClone(records) };
}

/** Brings the changes that are due to the name servers, in their order. */
export function settleDns({ zones }: DnsState, now: number): boolean {
  let changed = false;
  for (const zone of Object.values(zones)) {
    const due = zone.changes.filter(({ done, due: at }) => !done && now >= at);
    if (due.length === 0) continue;
    changed = true;
    for (const change of due) {
      change.done = true;
      zone.published = applied(zone.published, change);
    }
  }
  return changed;
}

const isOf = (a: ResourceRecordSet, b: ResourceRecordSet) => a.name === b.name && a.type === b.type;

/** The sets after a change. */
export function applied(
  sets: readonly ResourceRecordSet[],
  { additions, deletions }: Pick<Change, 'additions' | 'deletions'>,
): ResourceRecordSet[] {
  const kept = sets.filter((set) => !deletions.some((gone) => isOf(gone, set)));
  return [...kept, ...additions].sort((a, b) => `${a.name} ${a.type}`.localeCompare(`${b.name} ${b.type}`));
}
