import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { json, type Seen, serve } from '../support/http-server.ts';
import { faultsOf, type PublishedRecord } from './zone.ts';

const allowed = [
  0, 30, 120, 300, 3_600, 7_200, 14_400, 28_800, 57_600, 86_400, 172_800, 345_600, 604_800, 1_209_600,
  2_419_200,
];
const rounded = (seconds: number) => allowed.find((one) => one >= seconds) ?? 2_419_200;

const newSchema = z.strictObject({
  type: z.enum(['A', 'AAAA', 'CNAME', 'TXT']),
  name: z.string().max(100),
  target: z.string().min(1),
  ttl_sec: z.int().min(0).default(0),
});
const changedSchema = newSchema.omit({ type: true }).partial();

interface Stored {
  id: number;
  type: string;
  name: string;
  target: string;
  ttl_sec: number;
}

/** What was really given; a field that is left away changes nothing. */
function given(fields: object): Partial<Stored> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function refuse(response: ServerResponse, status: number, headers: object = {}, reason = `status ${status}`) {
  json(response, { errors: [{ reason }] }, status, headers as Record<string, string>);
}

/**
 * A strict double of Linode's domains, API v4: pages of 25 to 500, TTLs rounded up to the allowed ones, unknown fields
 * and targets of the wrong type refused. What is changed is stored at once and answered by name servers only when the
 * zone is published.
 */
export async function linodeDouble({ zone, token }: { zone: string; token: string }) {
  const id = 77;
  const records: Stored[] = [];
  const faults = faultsOf(refuse);
  let lastId = 1_000;

  function page(query: URLSearchParams, items: readonly object[], response: ServerResponse) {
    const [number, size] = [Number(query.get('page') ?? 1), Number(query.get('page_size') ?? 100)];
    if (!(size >= 25 && size <= 500))
      return refuse(response, 400, {}, 'page_size: Must be an integer from 25 to 500');
    const pages = Math.max(1, Math.ceil(items.length / size));
    const data = items.slice((number - 1) * size, number * size);
    return json(response, { data, page: number, pages, results: items.length });
  }

  function domains({ headers }: Seen, query: URLSearchParams, response: ServerResponse) {
    const filter = JSON.parse(String(headers['x-filter'] ?? '{}')) as { domain?: string };
    const domain = { id, domain: zone, type: 'master', status: 'active', ttl_sec: 3_600, soa_email: 'a@x' };
    return page(query, filter.domain === undefined || filter.domain === zone ? [domain] : [], response);
  }

  function isFit({ type, target }: Pick<Stored, 'type' | 'target'>): boolean {
    if (type === 'A') return z.ipv4().safeParse(target).success;
    return type === 'AAAA' ? z.ipv6().safeParse(target).success : target !== '';
  }

  function write({ method, body, headers }: Seen, record: number | undefined, response: ServerResponse) {
    if (method !== 'DELETE' && headers['content-type'] !== 'application/json')
      return refuse(response, 400, {}, 'Content-Type must be application/json');
    const index = records.findIndex((one) => one.id === record);
    const old = records[index];
    if (record !== undefined && old === undefined) return refuse(response, 404, {}, 'Not found');
    if (method === 'DELETE') {
      records.splice(index, 1);
      return faults.lost(response) || json(response, {});
    }
    const parsed = (record === undefined ? newSchema : changedSchema).safeParse(JSON.parse(body));
    if (!parsed.success) return refuse(response, 400, {}, z.prettifyError(parsed.error));
    lastId += 1;
    const made = {
      ...(old ?? { id: lastId, type: '', name: '', target: '', ttl_sec: 0 }),
      ...given(parsed.data),
    };
    const stored = { ...made, ttl_sec: rounded(made.ttl_sec) };
    if (!isFit(stored)) return refuse(response, 400, {}, `target: not a valid target for ${stored.type}`);
    records.splice(index < 0 ? records.length : index, index < 0 ? 0 : 1, stored);
    return faults.lost(response) || json(response, stored);
  }

  const server = await serve((seen, response) => {
    const url = new URL(seen.path, 'http://x');
    if (faults.before(seen.method, response)) return;
    if (seen.headers.authorization !== `Bearer ${token}`)
      return void refuse(response, 401, {}, 'Invalid Token');
    if (seen.method === 'GET' && url.pathname === '/v4/domains')
      return void domains(seen, url.searchParams, response);
    const [, at, record] = /^\/v4\/domains\/(\d+)\/records(?:\/(\d+))?$/.exec(url.pathname) ?? [];
    if (at !== String(id)) return void refuse(response, 404, {}, 'Not found');
    if (seen.method === 'GET') return void page(url.searchParams, records, response);
    const wanted = record === undefined ? ['POST'] : ['PUT', 'DELETE'];
    if (!wanted.includes(seen.method)) return void refuse(response, 405);
    return void write(seen, record === undefined ? undefined : Number(record), response);
  });

  return {
    ...server,
    ...faults.failing,
    /** What is stored, for a look from outside. */
    records,
    add(name: string, target: string, ttl_sec = 0, type = 'A') {
      lastId += 1;
      records.push({ id: lastId, type, name, target, ttl_sec });
    },
    /** What name servers answer once the zone is published. */
    zone(): PublishedRecord[] {
      return records.map(({ name, type, ttl_sec, target }) => ({
        name: name === '' ? zone : `${name}.${zone}`,
        type,
        ttl: ttl_sec === 0 ? 3_600 : ttl_sec,
        value: target,
      }));
    },
  };
}
