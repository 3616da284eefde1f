import { z } from 'zod';
import type { LogEntries, LogEntry } from '../../ports/google-logs.ts';
import { googleCalls } from './calls.ts';
import { endpointOf, type GoogleConnection, type GoogleDependencies } from './connection.ts';

const entrySchema = z.object({
  timestamp: z.string().optional(),
  receiveTimestamp: z.string().default(''),
  severity: z.string().default('DEFAULT'),
  resource: z.object({ labels: z.record(z.string(), z.string()).default({}) }).default({ labels: {} }),
  jsonPayload: z.record(z.string(), z.unknown()).optional(),
  textPayload: z.string().optional(),
});

const pageSchema = z.object({
  entries: z.array(entrySchema).default([]),
  nextPageToken: z.string().default(''),
});

/** A search that has found too little goes on by pages, which are counted against the quota of 60 reads a minute. */
const mostPages = 4;

function entryOf({ timestamp, receiveTimestamp, severity, ...entry }: z.infer<typeof entrySchema>): LogEntry {
  const { jsonPayload, textPayload, resource } = entry;
  const at = timestamp ?? receiveTimestamp;
  const content =
    jsonPayload !== undefined
      ? { fields: jsonPayload }
      : textPayload !== undefined
        ? { text: textPayload }
        : ('other' as const);
  return { at, severity, resource: resource.labels, content };
}

/**
 * Entries by Cloud Logging v2 (https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list). A page may be
 * empty and still lead to another: the search had no time to look further.
 */
export function logEntries(connection: GoogleConnection, dependencies: GoogleDependencies): LogEntries {
  const base = endpointOf('logging', connection, dependencies.env);
  const call = googleCalls('Cloud Logging', base, dependencies);
  return {
    async newest({ filter, structured, since, most }, signal) {
      const asked = {
        resourceNames: [`projects/${connection.project}`],
        filter: [`timestamp>="${since}"`, ...(structured ? ['jsonPayload:*'] : []), `(${filter}\n)`].join(
          ' AND ',
        ),
        orderBy: 'timestamp desc',
        pageSize: most,
      };
      const found: LogEntry[] = [];
      let token = '';
      for (let page = 1; page <= mostPages; page += 1) {
        const body = { ...asked, ...(token === '' ? {} : { pageToken: token }) };
        const request = { method: 'POST', path: '/entries:list', body, guarded: true } as const;
        const { entries, nextPageToken } = await call({ ...request, schema: pageSchema }, signal);
        found.push(...entries.map(entryOf));
        if (found.length >= most || nextPageToken === '') break;
        token = nextPageToken;
      }
      return found.slice(0, most);
    },
  };
}
