import { z } from 'zod';
import type { SecretVersions } from '../../ports/google.ts';
import { googleCalls } from './calls.ts';
import { endpointOf, type GoogleConnection, type GoogleDependencies } from './connection.ts';

const pageSchema = z.object({
  versions: z.array(z.object({ name: z.string(), state: z.string(), createTime: z.string() })).default([]),
  nextPageToken: z.string().default(''),
});

/** Versions by Secret Manager v1, newest first; the method that reads a value is never called. */
export function secretVersions(
  connection: GoogleConnection,
  dependencies: GoogleDependencies,
): SecretVersions {
  const base = endpointOf('secrets', connection, dependencies.env);
  const call = googleCalls('Secret Manager', base, dependencies);
  return {
    async newest(secret, signal) {
      const path = `/projects/${connection.project}/secrets/${encodeURIComponent(secret)}/versions`;
      let token = '';
      do {
        const query = token === '' ? {} : { pageToken: token };
        const page = await call({ method: 'GET', path, query, schema: pageSchema }, signal);
        const enabled = page.versions.find(({ state }) => state === 'ENABLED');
        if (enabled !== undefined) return { secret, version: enabled.name, createdAt: enabled.createTime };
        token = page.nextPageToken;
      } while (token !== '');
      return undefined;
    },
  };
}
