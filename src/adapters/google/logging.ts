import { z } from 'zod';
import type { LogBuckets } from '../../ports/google-logs.ts';
import { googleCalls } from './calls.ts';
import { endpointOf, type GoogleConnection, type GoogleDependencies } from './connection.ts';

const bucketSchema = z.object({ retentionDays: z.number().int().default(30) });

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
    async retention(bucket, location, signal) {
      const path = pathOf(bucket, location);
      return (await call({ method: 'GET', path, schema: bucketSchema }, signal)).retentionDays;
    },
    async retain(bucket, location, days, signal) {
      const path = pathOf(bucket, location);
      const request = {
        method: 'PATCH',
        path,
        query: { updateMask: 'retentionDays' },
        guarded: true,
      } as const;
      await call({ ...request, body: { retentionDays: days }, schema: bucketSchema }, signal);
    },
  };
}
