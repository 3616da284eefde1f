import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { json, type Seen, serve } from '../support/http-server.ts';

const matcher = z.strictObject({
  name: z.string().min(1),
  value: z.string(),
  isRegex: z.boolean(),
  isEqual: z.boolean(),
});
const posted = z.strictObject({
  id: z.string().optional(),
  matchers: z.array(matcher).min(1),
  startsAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
  createdBy: z.string(),
  comment: z.string(),
});
type Silence = z.infer<typeof posted> & { id: string };
type Answer = [status: number, body: unknown];

/** What the next calls get instead of an answer: a status with a body, or none at all; `after`: the call has its effect first. */
export type Trouble = { status?: number; body?: string; after?: boolean; method?: string };

export type AlertmanagerDouble = Awaited<ReturnType<typeof alertmanagerDouble>>;

/** Silences as Alertmanager 0.25 keeps them, under `/am`; refuses what it refuses. */
export async function alertmanagerDouble(options: { authorization?: string } = {}) {
  const silences = new Map<string, Silence>();
  const troubles: Trouble[] = [];
  const alerts: { fingerprint: string; labels: Record<string, string> }[] = [];
  const stateOf = ({ startsAt, endsAt }: Silence) => {
    const now = Date.now();
    if (Date.parse(endsAt) <= now) return 'expired';
    return Date.parse(startsAt) > now ? 'pending' : 'active';
  };
  const shape = (silence: Silence) => ({
    ...silence,
    updatedAt: silence.startsAt,
    status: { state: stateOf(silence) },
  });

  function create(body: string): Answer {
    const given = posted.safeParse(JSON.parse(body));
    if (!given.success) return [422, { code: 602, message: 'validation failure' }];
    const { startsAt, endsAt } = given.data;
    if (Date.parse(startsAt) >= Date.parse(endsAt))
      return [400, 'Failed to create silence: start time must be before end time'];
    if (Date.parse(endsAt) < Date.now())
      return [400, 'Failed to create silence: end time can’t be in the past'];
    const id = randomUUID();
    const from = new Date(Math.max(Date.now(), Date.parse(startsAt))).toISOString();
    silences.set(id, { ...given.data, id, startsAt: from });
    return [200, { silenceID: id }];
  }

  function filtersOf(query: URLSearchParams): [string, string][] | undefined {
    const filters = query.getAll('filter').map((text) => /^(\w+)="(.*)"$/s.exec(text));
    if (filters.includes(null)) return undefined;
    return filters.map((found) => [found?.[1] ?? '', JSON.parse(`"${found?.[2]}"`)]);
  }

  /** Silenced alerts are left out unless they are asked for. */
  function firing(query: URLSearchParams): Answer {
    const wanted = filtersOf(query);
    if (!wanted) return [400, 'bad matcher format'];
    if (query.get('silenced') !== 'true') return [200, []];
    const found = alerts.filter(({ labels }) => wanted.every(([name, value]) => labels[name] === value));
    return [200, found.map((alert) => ({ ...alert, status: { state: 'suppressed' } }))];
  }

  function list(query: URLSearchParams): Answer {
    const wanted = filtersOf(query);
    if (!wanted) return [400, 'bad matcher format'];
    const matching = [...silences.values()].filter(({ matchers }) =>
      wanted.every(([name, value]) => matchers.some((one) => one.name === name && one.value === value)),
    );
    return [200, matching.map(shape)];
  }

  function one(method: string, id: string): Answer {
    const known = silences.get(id);
    if (known === undefined) return [404, 'silence not found'];
    if (method === 'GET') return [200, shape(known)];
    if (method !== 'DELETE') return [405, 'method not allowed'];
    if (stateOf(known) === 'expired') return [500, `silence ${id} already expired`];
    silences.set(id, { ...known, endsAt: new Date().toISOString() });
    return [200, ''];
  }

  function answer({ method, path, headers, body }: Seen): Answer {
    const { pathname, searchParams } = new URL(path, 'http://am');
    if (options.authorization !== undefined && headers.authorization !== options.authorization)
      return [401, 'Unauthorized'];
    const id = /^\/am\/api\/v2\/silence\/([^/]+)$/.exec(pathname)?.[1];
    if (id !== undefined) return one(method, id);
    if (pathname === '/am/api/v2/alerts' && method === 'GET') return firing(searchParams);
    if (pathname !== '/am/api/v2/silences') return [404, 'page not found'];
    if (method === 'GET') return list(searchParams);
    return headers['content-type'] === 'application/json' ? create(body) : [415, 'unsupported media type'];
  }

  const server = await serve((seen, response) => {
    const [next] = troubles;
    const trouble = next && (next.method ?? seen.method) === seen.method ? troubles.shift() : undefined;
    const [status, body] = trouble === undefined || trouble.after ? answer(seen) : [0, ''];
    if (trouble === undefined) json(response, body, status);
    else if (trouble.status !== undefined) response.writeHead(trouble.status).end(trouble.body ?? '');
  });
  return {
    ...server,
    url: `${server.url}/am`,
    silences: () => [...silences.values()].map(shape),
    active: () => [...silences.values()].filter((silence) => stateOf(silence) !== 'expired').map(shape),
    /** What fires, all of it silenced. */
    fires: (...all: typeof alerts) => void alerts.splice(0, alerts.length, ...all),
    trouble: (...more: Trouble[]) => void troubles.push(...more),
  };
}
