import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { canonicalJson } from '../../src/core/json.ts';
import { json, type Seen, serve } from '../support/http-server.ts';
import { faultsOf, type PublishedRecord } from './zone.ts';

const dotted = z.string().regex(/\.$/, 'must be fully qualified');
const rrsetSchema = z.strictObject({
  kind: z.literal('dns#resourceRecordSet').optional(),
  name: dotted,
  type: z.enum(['A', 'AAAA', 'CNAME']),
  ttl: z.int().min(0).max(2_147_483_647),
  rrdatas: z.array(z.string()).min(1),
});
type Rrset = z.infer<typeof rrsetSchema>;
const changeSchema = z
  .strictObject({ additions: z.array(rrsetSchema).default([]), deletions: z.array(rrsetSchema).default([]) })
  .refine(({ additions, deletions }) => additions.length + deletions.length > 0, { message: 'empty change' });

function refuse(
  response: ServerResponse,
  code: number,
  headers: object = {},
  message = `status ${code}`,
  reason = 'x',
) {
  const error = { code, message, errors: [{ domain: 'global', reason, message }] };
  json(response, { error }, code, headers as Record<string, string>);
}

const keyOf = ({ name, type }: Rrset) => `${name} ${type}`;
const exact = ({ name, type, ttl, rrdatas }: Rrset) => canonicalJson([name, type, ttl, [...rrdatas].sort()]);

function fits({ type, rrdatas }: Rrset): boolean {
  if (type === 'CNAME') return rrdatas.length === 1 && dotted.safeParse(rrdatas[0]).success;
  const address = type === 'A' ? z.ipv4() : z.ipv6();
  return rrdatas.every((value) => address.safeParse(value).success);
}

/**
 * A strict double of Cloud DNS, API v1: a deletion has to be exactly what is there (412), an addition must not be
 * there (409), and a change is made whole or not at all. It stays pending until the zone is published.
 * Rule: https://cloud.google.com/dns/docs/reference/rest/v1/changes/create
 */
export async function googleDnsDouble(given: { project: string; zone: string; apex: string; token: string }) {
  const { project, zone, apex, token } = given;
  const base = `/dns/v1/projects/${project}/managedZones/${zone}`;
  const rrsets = new Map<string, Rrset>();
  const changes: object[] = [];
  const faults = faultsOf(refuse);
  let nameServers: string[] = [];

  function change({ body, headers }: Seen, response: ServerResponse) {
    if (!/^application\/json\b/.test(headers['content-type'] ?? ''))
      return refuse(response, 400, {}, 'Content-Type');
    const parsed = changeSchema.safeParse(JSON.parse(body));
    if (!parsed.success) return refuse(response, 400, {}, z.prettifyError(parsed.error), 'invalid');
    const { additions, deletions } = parsed.data;
    const wrong = additions.findIndex((one) => !fits(one) || !one.name.endsWith(`${apex}.`));
    if (wrong >= 0) return refuse(response, 400, {}, `Invalid value for 'entity.change.additions[${wrong}]'`);
    const after = new Map(rrsets);
    for (const [index, one] of deletions.entries()) {
      const there = after.get(keyOf(one));
      if (there === undefined || exact(there) !== exact(one)) {
        const message = `Precondition not met for 'entity.change.deletions[${index}]'`;
        return refuse(response, 412, {}, message, 'conditionNotMet');
      }
      after.delete(keyOf(one));
    }
    for (const [index, one] of additions.entries()) {
      if (after.has(keyOf(one))) {
        const message = `The resource 'entity.change.additions[${index}]' named '${keyOf(one)}' already exists`;
        return refuse(response, 409, {}, message, 'alreadyExists');
      }
      after.set(keyOf(one), one);
    }
    rrsets.clear();
    for (const [key, one] of after) rrsets.set(key, one);
    const made = {
      kind: 'dns#change',
      id: String(changes.length + 1),
      status: 'pending',
      additions,
      deletions,
    };
    changes.push(made);
    return faults.lost(response) || json(response, made);
  }

  function list(query: URLSearchParams, response: ServerResponse) {
    const [name, type] = [query.get('name'), query.get('type')];
    if (type !== null && name === null) return refuse(response, 400, {}, "'type' needs 'name'");
    const found = [...rrsets.values()].filter((one) => name === null || one.name === name);
    const of = found.filter((one) => type === null || one.type === type);
    return json(response, { kind: 'dns#resourceRecordSetsListResponse', rrsets: of });
  }

  const server = await serve((seen, response) => {
    const url = new URL(seen.path, 'http://x');
    if (faults.before(seen.method, response)) return;
    if (seen.headers.authorization !== `Bearer ${token}`)
      return void refuse(response, 401, {}, 'Request had invalid authentication credentials.');
    if (seen.method === 'GET' && url.pathname === base)
      return void json(response, { kind: 'dns#managedZone', name: zone, dnsName: `${apex}.`, nameServers });
    if (seen.method === 'GET' && url.pathname === `${base}/rrsets`)
      return void list(url.searchParams, response);
    if (seen.method === 'POST' && url.pathname === `${base}/changes`) return void change(seen, response);
    return void refuse(response, 404, {}, `The 'parameters.managedZone' resource was not found`);
  });

  return {
    ...server,
    ...faults.failing,
    rrsets,
    changes,
    /** Where the zone says that it is answered. */
    answeredBy(servers: readonly string[]) {
      nameServers = [...servers];
    },
    add(name: string, rrdatas: string[], ttl: number, type: Rrset['type'] = 'A') {
      rrsets.set(`${name}. ${type}`, { name: `${name}.`, type, ttl, rrdatas });
    },
    zone(): PublishedRecord[] {
      return [...rrsets.values()].flatMap(({ name, type, ttl, rrdatas }) =>
        rrdatas.map((value) => ({ name: name.replace(/\.$/, ''), type, ttl, value })),
      );
    },
  };
}
