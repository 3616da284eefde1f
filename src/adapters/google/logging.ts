import { z } from 'zod';
import type { LogBuckets } from '../../ports/google-logs.ts';
import { googleCalls } from './calls.ts';
import { endpointOf, type GoogleConnection, type GoogleDependencies } from './connection.ts';

const bucketSchema = z.object({
  retentionDays: z.number().int().default(30),
  description: z.string().default(''),
});

/** Log buckets by Cloud Logging v2 (https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.locations.buckets). */
export function logBuckets(connection: GoogleConnection, dependencies: GoogleDependencies): LogBuckets {
  const call = googleCalls(
    'Cloud Logging',
    endpointOf('logging', connection, dependencies.env),
    dependencies,
  );
  const pathOf = (bucket: string, location: string): string =>
    `/projects/${connection.project}/locations/${location}/buckets/${encodeURIComponent(bucket)}`;
  return {
    async read(bucket, location, signal) {
      const path = pathOf(bucket, location);
      const told = await call({ method: 'GET', path, schema: bucketSchema }, signal);
      return { days: told.retentionDays, description: told.description };
    },
    async change(bucket, location, { days, description }, signal) {
      const body = {
        ...(days === undefined ? {} : { retentionDays: days }),
        ...(description === undefined ? {} : { description }),
      };
      const path = pathOf(bucket, location);
      const query = { updateMask: Object.keys(body).join(',') };
      await call({ method: 'PATCH', path, query, guarded: true, body, schema: bucketSchema }, signal);
    },
  };
}
