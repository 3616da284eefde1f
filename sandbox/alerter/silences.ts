import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Json } from '../../src/core/json.ts';
import type { Answer, Call, Route } from '../service/http.ts';
import { checked } from '../service/mutation.ts';
import { matcherOf, matcherSchema, matches } from './matchers.ts';

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());

const wantedSchema = z.object({
  id: z.string().optional(),
  matchers: z.array(matcherSchema).min(1),
  startsAt: instant,
  endsAt: instant,
  createdBy: z.string().min(1),
  comment: z.string().min(1),
});
type Wanted = z.infer<typeof wantedSchema>;

export const silenceSchema = z.strictObject({
  ...wantedSchema.shape,
  id: z.string(),
  startsAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type Silence = z.infer<typeof silenceSchema>;

/** So many that are over are kept to be read. */
const mostKept = 100;

/** Where silences are kept; what is set is durable when it returns. */
export interface SilenceShelf {
  all(): readonly Silence[];
  set(all: readonly Silence[]): void;
}

/** Whether a silence that holds now covers these labels. */
export function isSilenced(
  silences: readonly Silence[],
  labels: Readonly<Record<string, string>>,
  now: number,
): boolean {
  return silences.some(
    (silence) =>
      stateOf(silence, now) === 'active' && silence.matchers.every((matcher) => matches(matcher, labels)),
  );
}

/**
 * The silences of Alertmanager's API v2: made, changed, listed by `filter`, read and ended.
 * Rule: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 */
export function silenceRoutes(shelf: SilenceShelf): Route[] {
  const one = '/api/v2/silence/:id';
  return [
    { method: 'GET', path: '/api/v2/silences', handle: (call) => list(shelf, call) },
    {
      method: 'POST',
      path: '/api/v2/silences',
      handle: checked(wantedSchema, (wanted) => put(shelf, wanted)),
    },
    { method: 'GET', path: one, handle: ({ params }) => read(shelf, params.id) },
    { method: 'DELETE', path: one, handle: ({ params }) => expire(shelf, params.id) },
  ];
}

function list(shelf: SilenceShelf, { query }: Call): Answer {
  const filters = query.getAll('filter').map(matcherOf);
  if (filters.includes(undefined)) return { status: 400, body: 'bad matcher format' };
  const fits = ({ matchers }: Silence) => {
    const named = Object.fromEntries(matchers.map(({ name, value }) => [name, value]));
    return filters.every((filter) => filter === undefined || matches(filter, named));
  };
  return { status: 200, body: shelf.all().filter(fits).map(shown) };
}

function put(shelf: SilenceShelf, { id, ...wanted }: Wanted): Answer {
  const now = new Date().toISOString();
  const startsAt = new Date(Math.max(Date.parse(wanted.startsAt), Date.parse(now))).toISOString();
  if (wanted.endsAt <= startsAt)
    return { status: 400, body: 'invalid silence: end time must be after start time' };
  if (id !== undefined && find(shelf, id) === undefined) return missing;
  const kept = { ...wanted, id: id ?? randomUUID(), startsAt, updatedAt: now };
  shelf.set([...shelf.all().filter((other) => other.id !== kept.id), kept].slice(-mostKept));
  return { status: 200, body: { silenceID: kept.id } };
}

function read(shelf: SilenceShelf, id: string | undefined): Answer {
  const found = find(shelf, id);
  return found ? { status: 200, body: shown(found) } : missing;
}

function expire(shelf: SilenceShelf, id: string | undefined): Answer {
  const found = find(shelf, id);
  if (!found) return missing;
  const now = new Date().toISOString();
  if (found.endsAt <= now) return { status: 500, body: `silence ${found.id} already expired` };
  const ended = { ...found, endsAt: now, updatedAt: now };
  shelf.set(shelf.all().map((silence) => (silence.id === found.id ? ended : silence)));
  return { status: 200, body: '' };
}

const missing: Answer = { status: 404, body: 'silence not found' };

function find(shelf: SilenceShelf, id: string | undefined): Silence | undefined {
  return shelf.all().find((silence) => silence.id === id);
}

function shown(silence: Silence): Json {
  const { matchers, ...rest } = silence;
  return {
    ...rest,
    matchers: matchers.map((matcher) => ({ ...matcher })),
    status: { state: stateOf(silence, Date.now()) },
  };
}

function stateOf({ startsAt, endsAt }: Silence, now: number): 'pending' | 'active' | 'expired' {
  if (Date.parse(endsAt) <= now) return 'expired';
  return Date.parse(startsAt) <= now ? 'active' : 'pending';
}
