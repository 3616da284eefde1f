import { z } from 'zod';
import type { Connection } from '../../core/rollout/plan.ts';
import type { DnsZones, RecordSet, RecordType } from '../../ports/dns-zones.ts';
import { ServiceError } from '../../ports/service.ts';
import { serviceCalls } from '../service/calls.ts';
import {
  readConnection,
  type ServiceDependencies,
  secretReference,
  secretValue,
  serviceUrl,
} from '../service/connection.ts';
import { plainName, plainValue, sameRecords } from './names.ts';

export const linodeConnectionSchema = z.strictObject({
  kind: z.literal('linode-dns'),
  zone: z.string().min(1).describe('The domain as Linode has it: aether.example'),
  token: secretReference.optional().describe('Absent: LINODE_TOKEN'),
  endpoint: serviceUrl.optional().describe('Absent: LINODE_API_URL, or Linode itself'),
});

const pageOf = <T>(item: z.ZodType<T>) => z.object({ data: z.array(item), pages: z.int() });
const domainSchema = z.object({
  id: z.int(),
  domain: z.string(),
  status: z.string(),
  ttl_sec: z.int(),
});
const recordSchema = z.object({
  id: z.int(),
  type: z.string(),
  name: z.string(),
  target: z.string(),
  ttl_sec: z.int(),
});
type Stored = z.infer<typeof recordSchema>;

/** In seconds. Linode rounds others up to one of these; 0 stands for the default. */
const allowedTtls = [
  30, 120, 300, 3_600, 7_200, 14_400, 28_800, 57_600, 86_400, 172_800, 345_600, 604_800, 1_209_600, 2_419_200,
];
const usualTtl = 86_400;

/** One call that is to be made to bring a set of records about. */
type Write =
  | { method: 'PUT'; id: number; body: { target?: string; ttl_sec: number } }
  | { method: 'POST'; body: { type: RecordType; name: string; target: string; ttl_sec: number } }
  | { method: 'DELETE'; id: number };

/** The writes from what is stored to what is wanted: records are changed in place, so that the name never is without. */
function writesFor(stored: readonly Stored[], name: string, { type, ttl, values }: RecordSet): Write[] {
  const ttl_sec = ttl ?? 0;
  const isWanted = (record: Stored) => values.includes(plainValue(type, record.target));
  const kept = stored.filter(isWanted);
  const spare = stored.filter((record) => !isWanted(record));
  const missing = values.filter((value) => !kept.some(({ target }) => plainValue(type, target) === value));
  return [
    ...missing.map((target, index): Write => {
      const place = spare[index];
      if (place) return { method: 'PUT', id: place.id, body: { target, ttl_sec } };
      return { method: 'POST', body: { type, name, target, ttl_sec } };
    }),
    ...kept
      .filter((record) => record.ttl_sec !== ttl_sec)
      .map(({ id }): Write => ({ method: 'PUT', id, body: { ttl_sec } })),
    ...spare.slice(missing.length).map(({ id }): Write => ({ method: 'DELETE', id })),
  ];
}

function setOf(name: string, type: RecordType, stored: readonly Stored[]): RecordSet {
  const ttls = new Set(stored.map(({ ttl_sec }) => ttl_sec));
  if (ttls.size > 1) {
    const why = `the ${type} records of ${name} have different TTLs, which could not be put back together; make them one first`;
    throw new ServiceError('refused', `Linode: ${why}`);
  }
  const [ttl = 0] = ttls;
  const values = stored.map(({ target }) => plainValue(type, target)).sort();
  return { name, type, ttl: ttl === 0 ? null : ttl, values };
}

/**
 * A domain of Linode's DNS Manager, API v4. A change of several records is several calls, and Linode knows no
 * precondition: what stands there is read just before.
 * Rule: https://techdocs.akamai.com/linode-api/reference/get-domain-records
 */
export function linodeZones(given: Connection, dependencies: ServiceDependencies): DnsZones {
  const connection = readConnection('Linode', linodeConnectionSchema, given);
  const { endpoint = dependencies.env.LINODE_API_URL || 'https://api.linode.com' } = connection;
  const base = endpoint.replace(/\/+$/, '').replace(/\/v4$/, '');
  const call = serviceCalls('Linode', dependencies);
  const apex = plainName(connection.zone);
  let known: z.infer<typeof domainSchema> | undefined;

  async function token(): Promise<string> {
    if (connection.token !== undefined) return secretValue('Linode', connection.token, dependencies);
    const value = dependencies.env.LINODE_TOKEN;
    if (value) return value;
    throw new ServiceError('refused', 'LINODE_TOKEN is not set on this worker; Linode needs it');
  }

  async function send(method: string, path: string, signal: AbortSignal, more: object = {}, filter?: object) {
    const headers = {
      authorization: `Bearer ${await token()}`,
      ...('body' in more ? { 'content-type': 'application/json' } : {}),
      ...(filter === undefined ? {} : { 'x-filter': JSON.stringify(filter) }),
    };
    const body = 'body' in more ? { body: JSON.stringify(more.body) } : {};
    return call({ method, url: `${base}/v4${path}`, headers, ...body }, signal);
  }

  async function domain(signal: AbortSignal) {
    if (known) return known;
    const answer = await send('GET', '/domains?page=1&page_size=100', signal, {}, { domain: apex });
    known = answer.read(pageOf(domainSchema)).data.find((one) => plainName(one.domain) === apex);
    if (known === undefined) throw new ServiceError('missing', `Linode has no domain ${apex} for this token`);
    return known;
  }

  async function stored(name: string, type: RecordType, signal: AbortSignal): Promise<Stored[]> {
    const { id } = await domain(signal);
    const found: Stored[] = [];
    for (let page = 1, pages = 1; page <= pages; page += 1) {
      const answer = await send('GET', `/domains/${id}/records?page=${page}&page_size=500`, signal);
      const read = answer.read(pageOf(recordSchema));
      found.push(...read.data);
      pages = read.pages;
    }
    const names = [relative(name), name];
    return found.filter((record) => record.type === type && names.includes(plainName(record.name)));
  }

  function relative(name: string): string {
    if (name === apex) return '';
    if (name.endsWith(`.${apex}`)) return name.slice(0, -apex.length - 1);
    throw new ServiceError('refused', `${name} is not in the zone ${apex}`);
  }

  async function replace(before: RecordSet, after: RecordSet, signal: AbortSignal, onWrite: () => void) {
    const { id } = await domain(signal);
    const { name, type } = before;
    const found = await stored(name, type, signal);
    if (!sameRecords(setOf(name, type, found), before)) {
      throw new ServiceError(
        'conflict',
        `Linode: the ${type} records of ${name} were changed by someone else`,
      );
    }
    for (const { method, ...write } of writesFor(found, relative(name), after)) {
      const path = 'id' in write ? `/${write.id}` : '';
      await send(
        method,
        `/domains/${id}/records${path}`,
        signal,
        'body' in write ? { body: write.body } : {},
      );
      onWrite();
    }
  }

  return {
    async zone(signal) {
      const { ttl_sec } = await domain(signal);
      return { apex, nameServers: [], defaultTtl: ttl_sec === 0 ? usualTtl : ttl_sec };
    },
    async read(name, type, signal) {
      return setOf(name, type, await stored(name, type, signal));
    },
    keptTtl: (seconds) => allowedTtls.find((allowed) => allowed >= seconds) ?? 2_419_200,
    async change(changes, signal) {
      let written = 0;
      const onWrite = () => {
        written += 1;
      };
      for (const { before, after } of changes) {
        await replace(before, after, signal, onWrite).catch((cause: unknown) => {
          throw cause instanceof ServiceError && written > 0 ? halfDone(cause) : cause;
        });
      }
    },
  };
}

function halfDone(cause: ServiceError): ServiceError {
  return new ServiceError('doubtful', `some records were changed, others not: ${cause.message}`, { cause });
}
