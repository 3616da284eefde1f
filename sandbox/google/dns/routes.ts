import type { Json } from '../../../src/core/json.ts';
import type { GoogleCall, GoogleRoute } from '../call.ts';
import { computeRefusal } from '../refusal.ts';
import type { Proto } from '../shape.ts';
import { type DnsClock, makeChange } from './changes.ts';
import type { Change, DnsState, ManagedZone, ResourceRecordSet } from './resource.ts';

export interface DnsParts extends DnsClock {
  proto: Proto;
  state: DnsState;
}

function zoneOf({ zones }: DnsState, { params }: GoogleCall): ManagedZone {
  const zone = zones[`${params.project}/${params.zone}`];
  if (zone !== undefined) return zone;
  const text = `The 'parameters.managedZone' resource named '${params.zone}' does not exist.`;
  throw computeRefusal(404, 'notFound', text);
}

function zoneView({ name, id, dnsName, creationTime, nameServers }: ManagedZone): Json {
  return {
    kind: 'dns#managedZone',
    name,
    id,
    dnsName,
    description: '',
    creationTime,
    nameServers,
    visibility: 'public',
  };
}

const setView = (set: ResourceRecordSet): Json => ({
  kind: 'dns#resourceRecordSet',
  ...set,
  signatureRrdatas: [],
});

function changeView({ id, startTime, done, additions, deletions }: Change): Json {
  const status = done ? 'done' : 'pending';
  const sides = { additions: additions.map(setView), deletions: deletions.map(setView) };
  return { kind: 'dns#change', id, startTime, status, isServing: done, ...sides };
}

function recordSets(zone: ManagedZone, { query }: GoogleCall): Json {
  const [name, type] = [query.get('name'), query.get('type')];
  if (type !== null && name === null) {
    const text = "Invalid value for 'parameters.type': a name has to be given with a type.";
    throw computeRefusal(400, 'invalid', text);
  }
  const found = zone.records.filter(
    (set) => (name ?? set.name) === set.name && (type ?? set.type) === set.type,
  );
  return { kind: 'dns#resourceRecordSetsListResponse', rrsets: found.map(setView) };
}

function changeOf(zone: ManagedZone, { params }: GoogleCall): Change {
  const found = zone.changes.find(({ id }) => id === params.change);
  if (found !== undefined) return found;
  const text = `The 'parameters.changeId' resource named '${params.change}' does not exist.`;
  throw computeRefusal(404, 'notFound', text);
}

/** The methods of Cloud DNS v1 that are used (https://cloud.google.com/dns/docs/reference/rest/v1). */
export function dnsRoutes(parts: DnsParts): GoogleRoute[] {
  const { state, proto } = parts;
  const zones = '/dns/v1/projects/{project}/managedZones';
  const paging = ['maxResults', 'pageToken'];
  return [
    {
      method: 'GET',
      path: zones,
      query: [...paging, 'dnsName'],
      handle: ({ params }) => {
        const found = Object.entries(state.zones).filter(([key]) => key.startsWith(`${params.project}/`));
        const managedZones = found.map(([, zone]) => zoneView(zone));
        return { status: 200, body: { kind: 'dns#managedZonesListResponse', managedZones } };
      },
    },
    {
      method: 'GET',
      path: `${zones}/{zone}`,
      handle: (call) => ({ status: 200, body: zoneView(zoneOf(state, call)) }),
    },
    {
      method: 'GET',
      path: `${zones}/{zone}/rrsets`,
      query: [...paging, 'name', 'type', 'filter'],
      handle: (call) => ({ status: 200, body: recordSets(zoneOf(state, call), call) }),
    },
    {
      method: 'POST',
      path: `${zones}/{zone}/changes`,
      query: ['clientOperationId'],
      handle: (call) => {
        const made = makeChange(proto, zoneOf(state, call), call, parts);
        return { status: 200, body: changeView(made), changed: true };
      },
    },
    {
      method: 'GET',
      path: `${zones}/{zone}/changes/{change}`,
      query: ['clientOperationId'],
      handle: (call) => ({ status: 200, body: changeView(changeOf(zoneOf(state, call), call)) }),
    },
  ];
}
