import { formatDuration, milliseconds } from '../../core/playbook/duration.ts';
import { shown } from '../../core/step/shown.ts';
import type { DnsZones, RecordSet, Zone } from '../../ports/dns-zones.ts';
import type { DnsInput } from './input.ts';

/** One set of records, as it stands and as it is to be. */
export interface Switch {
  before: RecordSet;
  after: RecordSet;
}

/** The names and types that a step is about. */
export function subjects({ records, restore }: DnsInput): Pick<RecordSet, 'name' | 'type'>[] {
  return [...(records ?? []), ...(restore?.records ?? [])];
}

/** Whether two sets are the same to clients and to the service. */
export function same(a: RecordSet, b: RecordSet): boolean {
  if (a.values.length === 0 || b.values.length === 0) return a.values.length === b.values.length;
  return a.ttl === b.ttl && sameValues(a.values, b.values);
}

export function sameValues(a: readonly string[], b: readonly string[]): boolean {
  return [...a].sort().join(' ') === [...b].sort().join(' ');
}

/**
 * What each set is to become, seen from what it was (`before`: as captured, or as it stands). A set of which only
 * the TTL is wanted keeps its values. Throws a sentence where there is nothing to keep.
 */
export function wantedOf(input: DnsInput, before: readonly RecordSet[], zones: DnsZones): RecordSet[] {
  if (input.restore !== undefined) return input.restore.records.map((record) => ({ ...record }));
  return (input.records ?? []).map(({ name, type, values, ttl }, index) => {
    const was = before[index];
    const kept = values ?? was?.values ?? [];
    if (kept.length === 0) throw new RangeError(`there is no ${type} record of ${name} to change the TTL of`);
    const seconds = ttl === undefined ? (was?.ttl ?? null) : zones.keptTtl(milliseconds(ttl) / 1_000);
    return { name, type, ttl: seconds, values: kept };
  });
}

/** How long clients may keep an answer of this set, in milliseconds. */
export function lasting({ ttl }: RecordSet, zone: Zone): number {
  return (ttl ?? zone.defaultTtl) * 1_000;
}

/** `10.2.0.9 (TTL 5 min)`, for people. */
export function inWords({ values, ttl }: RecordSet): string {
  if (values.length === 0) return 'no record';
  const kept = ttl === null ? 'the default TTL' : `TTL ${formatDuration(ttl * 1_000)}`;
  return `${shown(values.join(', '))} (${kept})`;
}

/** `api.aether.example → 10.2.0.9`, each set one. */
export function listedSets(sets: readonly RecordSet[]): string {
  const each = sets.map(({ name, values }) => `${name} → ${values.join(', ') || 'no record'}`);
  return shown(each.join('; '), 300);
}
