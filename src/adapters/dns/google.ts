import { z } from 'zod';
import type { Connection } from '../../core/rollout/plan.ts';
import type { DnsZones, RecordSet, RecordType } from '../../ports/dns-zones.ts';
import { ServiceError } from '../../ports/service.ts';
import { serviceCalls } from '../service/calls.ts';
import { readConnection, type ServiceDependencies, serviceUrl } from '../service/connection.ts';
import { bearerCalls, type TokenFor } from '../service/token.ts';
import { plainName, plainValue } from './names.ts';

export const googleDnsConnectionSchema = z.strictObject({
  kind: z.literal('google-dns'),
  project: z.string().regex(/^[a-z0-9:.-]+$/, 'the id of a project'),
  zone: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'the name of a managed zone, such as aether-example'),
  endpoint: serviceUrl
    .optional()
    .describe('Absent: CLOUDSDK_API_ENDPOINT_OVERRIDES_DNS, or Google itself; ends in /dns/v1/'),
});

const zoneSchema = z.object({ dnsName: z.string(), nameServers: z.array(z.string()).default([]) });
const rrsetSchema = z.object({
  name: z.string(),
  type: z.string(),
  ttl: z.int().optional(),
  rrdatas: z.array(z.string()).optional(),
  routingPolicy: z.unknown().optional(),
});
const rrsetsSchema = z.object({ rrsets: z.array(rrsetSchema).default([]) });
const changeSchema = z.object({ id: z.string(), status: z.enum(['pending', 'done']) });

const usualTtl = 300;

export interface GoogleDnsDependencies extends ServiceDependencies {
  /** An access token for an address of Google's APIs. Rejects with `ServiceError`. */
  token: TokenFor;
}

/** As Cloud DNS writes a set: names with their last dot. */
function rrsetOf({ name, type, ttl, values }: RecordSet) {
  const rrdatas = type === 'CNAME' ? values.map((value) => `${value}.`) : values;
  return { name: `${name}.`, type, ttl: ttl ?? usualTtl, rrdatas };
}

function setOf(name: string, type: RecordType, found: z.infer<typeof rrsetSchema> | undefined): RecordSet {
  if (found?.routingPolicy !== undefined) {
    const why = `the ${type} records of ${name} have a routing policy, which this step would take away`;
    throw new ServiceError('refused', `Cloud DNS: ${why}`);
  }
  const values = (found?.rrdatas ?? []).map((value) => plainValue(type, value)).sort();
  return { name, type, ttl: found?.ttl ?? null, values };
}

/**
 * A managed zone of Google's Cloud DNS, API v1. A change of several sets is one, and holds only where everything
 * still stands as it was read: a deletion has to be exactly what is there.
 * Rule: https://cloud.google.com/dns/docs/reference/rest/v1/changes/create
 */
export function googleZones(given: Connection, dependencies: GoogleDnsDependencies): DnsZones {
  const connection = readConnection('Cloud DNS', googleDnsConnectionSchema, given);
  const { project, zone: managed } = connection;
  const overridden = dependencies.env.CLOUDSDK_API_ENDPOINT_OVERRIDES_DNS;
  const endpoint = connection.endpoint ?? (overridden || 'https://dns.googleapis.com/dns/v1/');
  const base = `${endpoint.replace(/\/+$/, '')}/projects/${project}/managedZones/${managed}`;
  const call = bearerCalls(serviceCalls('Cloud DNS', dependencies), dependencies.token);

  async function get<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const answer = await call({ method: 'GET', url: `${base}${path}` }, signal);
    return answer.read(schema);
  }

  return {
    async zone(signal) {
      const { dnsName, nameServers } = await get('', zoneSchema, signal);
      return { apex: plainName(dnsName), nameServers: nameServers.map(plainName), defaultTtl: usualTtl };
    },
    async read(name, type, signal) {
      const query = new URLSearchParams({ name: `${name}.`, type });
      const { rrsets } = await get(`/rrsets?${query}`, rrsetsSchema, signal);
      return setOf(
        name,
        type,
        rrsets.find((one) => plainName(one.name) === name && one.type === type),
      );
    },
    keptTtl: (seconds) => seconds,
    async change(changes, signal) {
      const there = ({ values }: RecordSet) => values.length > 0;
      const deletions = changes.map(({ before }) => before).filter(there);
      const additions = changes.map(({ after }) => after).filter(there);
      const body = JSON.stringify({
        deletions: deletions.map(rrsetOf),
        additions: additions.map(rrsetOf),
      });
      const headers = { 'content-type': 'application/json' };
      const answer = await call({ method: 'POST', url: `${base}/changes`, headers, body }, signal);
      answer.read(changeSchema);
    },
  };
}
