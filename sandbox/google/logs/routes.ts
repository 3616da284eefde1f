import type { Json } from '../../../src/core/json.ts';
import type { GoogleAnswer, GoogleCall, GoogleRoute } from '../call.ts';
import { refusal } from '../refusal.ts';
import { faultIn, type Proto } from '../shape.ts';
import type { Entry, LogBook } from './book.ts';
import { parseFilter } from './filter.ts';
import { matches } from './match.ts';

interface Parts {
  proto: Proto;
  book: LogBook;
  /** Milliseconds since the epoch. */
  now(): number;
}

interface Asked {
  resourceNames?: string[];
  filter?: string;
  orderBy?: string;
  pageSize?: number;
  pageToken?: string;
}

/** Read requests in a minute for each project (https://cloud.google.com/logging/quotas). */
const quota = 60;
const minute = 60_000;
const parent = /^projects\/([a-z][a-z0-9-]{4,28}[a-z0-9])$/;

function projectsOf({ resourceNames = [] }: Asked): string[] {
  if (resourceNames.length === 0 || resourceNames.length > 100)
    throw refusal('INVALID_ARGUMENT', 'Between 1 and 100 resource names have to be given.', 'resource_names');
  return resourceNames.map((name) => {
    const project = parent.exec(name)?.[1];
    if (project !== undefined) return project;
    throw refusal('INVALID_ARGUMENT', `Invalid resource name: ${name}`, 'resource_names');
  });
}

function checkRest({ orderBy, pageSize, filter = '' }: Asked): void {
  if (orderBy !== undefined && !['', 'timestamp asc', 'timestamp desc'].includes(orderBy))
    throw refusal('INVALID_ARGUMENT', `Invalid order_by: ${orderBy}`, 'order_by');
  if (pageSize !== undefined && (pageSize < 0 || pageSize > 1_000))
    throw refusal('INVALID_ARGUMENT', 'page_size must be between 0 and 1000.', 'page_size');
  if (filter.length > 20_000)
    throw refusal('INVALID_ARGUMENT', 'The filter is longer than 20000 characters.', 'filter');
}

function pageOf(found: readonly Entry[], { pageSize, pageToken }: Asked): Json {
  const from = pageToken === undefined || pageToken === '' ? 0 : Number(pageToken);
  if (!Number.isSafeInteger(from))
    throw refusal('INVALID_ARGUMENT', 'page_token doesn’t match arguments from the request.', 'page_token');
  const size = pageSize === undefined || pageSize === 0 ? 50 : pageSize;
  const next = from + size < found.length ? { nextPageToken: String(from + size) } : {};
  return { ...(found.length > from ? { entries: found.slice(from, from + size) } : {}), ...next };
}

/** Entries of logs by Cloud Logging v2 (https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list). */
export function entryRoutes({ proto, book, now }: Parts): GoogleRoute[] {
  const reads = new Map<string, number[]>();

  function count(project: string): void {
    const lately = (reads.get(project) ?? []).filter((at) => at > now() - minute);
    if (lately.length >= quota) {
      const text = `Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service 'logging.googleapis.com' for consumer 'project:${project}'.`;
      throw refusal('RESOURCE_EXHAUSTED', text);
    }
    reads.set(project, [...lately, now()]);
  }

  function list({ body }: GoogleCall): GoogleAnswer {
    const fault = faultIn(proto, 'ListLogEntriesRequest', body, 'request');
    if (fault !== undefined) throw fault;
    const asked = body as Asked;
    const projects = projectsOf(asked);
    checkRest(asked);
    const filter = parseFilter(asked.filter ?? '');
    for (const project of projects) count(project);
    const found = book.entries
      .filter(({ logName }) => projects.some((project) => logName.startsWith(`projects/${project}/`)))
      .filter((entry) => matches(filter, entry));
    if (asked.orderBy === 'timestamp desc') found.reverse();
    return { status: 200, body: pageOf(found, asked) };
  }

  return [{ method: 'POST', path: '/v2/entries:list', handle: list }];
}
