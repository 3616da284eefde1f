import { isIPv4, isIPv6 } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { GoogleCall } from '../call.ts';
import { computeRefusal } from '../refusal.ts';
import { faultIn, type Proto } from '../shape.ts';
import { applied, type Change, type ManagedZone, type ResourceRecordSet } from './resource.ts';

export interface DnsClock {
  now(): number;
  operationTime(): number;
}

const isDotted = (value: string): boolean => /^(?:[a-z0-9_*-]+\.)+$/i.test(value);
const fits: Readonly<Record<string, (value: string) => boolean>> = {
  A: isIPv4,
  AAAA: isIPv6,
  CNAME: isDotted,
  TXT: (value) => /^".*"$/.test(value),
};

function invalid(field: string, value: unknown): Error {
  return computeRefusal(400, 'invalid', `Invalid value for 'entity.change.${field}': '${String(value)}'`);
}

/** A set that is whole, in the zone, and of a type that the double answers. */
function checked(set: Partial<ResourceRecordSet>, zone: ManagedZone, field: string): ResourceRecordSet {
  const { name = '', type = '', ttl, rrdatas = [] } = set;
  const inside = name === zone.dnsName || name.endsWith(`.${zone.dnsName}`);
  if (!isDotted(name) || !inside) throw invalid(`${field}.name`, name);
  if (name === zone.dnsName && (type === 'NS' || type === 'SOA')) {
    throw computeRefusal(
      400,
      'invalid',
      `The '${field}' resource: the ${type} set of the zone can't be removed.`,
    );
  }
  const right = fits[type];
  if (right === undefined) throw invalid(`${field}.type`, type);
  if (!Number.isInteger(ttl) || Number(ttl) < 0) throw invalid(`${field}.ttl`, ttl);
  const wrong = rrdatas.find((value) => !right(value));
  if (wrong !== undefined) throw invalid(`${field}.rrdata[${rrdatas.indexOf(wrong)}]`, wrong);
  if (rrdatas.length === 0 || (type === 'CNAME' && rrdatas.length > 1))
    throw invalid(`${field}.rrdata`, rrdatas);
  return { name, type, ttl: Number(ttl), rrdatas };
}

const named = ({ name, type }: ResourceRecordSet): string => `named '${name} (${type})'`;
const exactly = ({ ttl, rrdatas }: ResourceRecordSet) => [ttl, [...rrdatas].sort()];

function without(
  sets: readonly ResourceRecordSet[],
  gone: ResourceRecordSet,
  field: string,
): ResourceRecordSet[] {
  const there = sets.find(({ name, type }) => name === gone.name && type === gone.type);
  if (there === undefined) {
    throw computeRefusal(404, 'notFound', `The '${field}' resource ${named(gone)} does not exist.`);
  }
  if (!isDeepStrictEqual(exactly(there), exactly(gone))) {
    throw computeRefusal(412, 'conditionNotMet', `Precondition not met for '${field}'`);
  }
  return sets.filter((set) => set !== there);
}

function withAdded(
  sets: readonly ResourceRecordSet[],
  set: ResourceRecordSet,
  field: string,
): ResourceRecordSet[] {
  const ofName = sets.filter(({ name }) => name === set.name);
  if (ofName.some(({ type }) => type === set.type)) {
    throw computeRefusal(409, 'alreadyExists', `The resource '${field}' ${named(set)} already exists`);
  }
  if (ofName.some(({ type }) => type === 'CNAME' || set.type === 'CNAME')) {
    const text = `The resource record set '${field}' is invalid because the DNS name '${set.name}' may have either one CNAME resource record set or resource record sets of other types, but not both.`;
    throw computeRefusal(400, 'cnameResourceRecordSetConflict', text);
  }
  return [...sets, set];
}

/**
 * Makes a change whole or not at all: a deletion has to be exactly what is there, an addition must not be there.
 * Name servers follow once it is done. https://cloud.google.com/dns/docs/reference/rest/v1/changes/create
 */
export function makeChange(proto: Proto, zone: ManagedZone, call: GoogleCall, clock: DnsClock): Change {
  const fault = faultIn(proto, 'Change', call.body, 'change');
  if (fault !== undefined) throw fault;
  const body = call.body as Record<'additions' | 'deletions', Partial<ResourceRecordSet>[] | undefined>;
  const sets = (side: 'additions' | 'deletions') =>
    (body[side] ?? []).map((set, index) => checked(set, zone, `${side}[${index}]`));
  const [additions, deletions] = [sets('additions'), sets('deletions')];
  if (additions.length + deletions.length === 0) {
    throw computeRefusal(400, 'required', "The 'entity.change' resource has no additions and no deletions.");
  }
  let after: ResourceRecordSet[] = zone.records;
  for (const [index, set] of deletions.entries())
    after = without(after, set, `entity.change.deletions[${index}]`);
  for (const [index, set] of additions.entries())
    after = withAdded(after, set, `entity.change.additions[${index}]`);
  const change: Change = {
    id: String(zone.changes.length + 1),
    startTime: new Date(clock.now()).toISOString(),
    due: clock.now() + clock.operationTime(),
    done: false,
    additions,
    deletions,
  };
  zone.records = applied(zone.records, change);
  zone.changes.push(change);
  return change;
}
