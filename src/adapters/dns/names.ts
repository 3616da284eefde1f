import type { RecordSet, RecordType } from '../../ports/dns-zones.ts';

/** A value as it is compared and kept: addresses and names in lower case, names without their last dot. */
export function plainValue(type: RecordType, value: string): string {
  const lower = value.toLowerCase();
  return type === 'CNAME' ? lower.replace(/\.$/, '') : lower;
}

export function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** Whether two sets say the same, whatever the order of their values. */
export function sameRecords(a: RecordSet, b: RecordSet): boolean {
  if (a.values.length === 0 || b.values.length === 0) return a.values.length === b.values.length;
  return a.ttl === b.ttl && [...a.values].sort().join(' ') === [...b.values].sort().join(' ');
}
