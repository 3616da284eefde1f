import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loggingMetric } from '../../src/steps/logging-metric.ts';
import { project, region, seed, token } from '../google/double.ts';
import { gcloudAt, gcloudInstalled } from '../support/gcloud.ts';
import { type GoogleProcess, startGoogleProcess } from '../support/google-process.ts';
import { contextFor } from '../support/step-context.ts';
import { until } from '../support/until.ts';

const entriesSchema = z.array(
  z.object({
    severity: z.string(),
    resource: z.object({ type: z.string(), labels: z.record(z.string(), z.string()) }),
    jsonPayload: z.record(z.string(), z.json()),
  }),
);

describe.runIf(gcloudInstalled())('the real gcloud and what revisions wrote', () => {
  let google: GoogleProcess;
  let gcloud: (...args: string[]) => Promise<string>;

  beforeAll(async () => {
    google = await startGoogleProcess(seed, token, { processes: true });
    gcloud = await gcloudAt(google, project, token);
    await until('an order that a revision served', async () => {
      const answer = await fetch(`${google.url}/run/api/orders`);
      return answer.ok && answer.headers.has('x-served-by');
    });
  }, 60_000);
  afterAll(() => google?.stop());

  const read = async (filter: string) =>
    entriesSchema.parse(JSON.parse(await gcloud('logging', 'read', filter, '--limit=1', '--format=json')));

  it('reads their structured entries by the filter that the step takes', async () => {
    const filter = 'resource.labels.service_name=("api" OR "other") AND jsonPayload.upstream="aster"';
    const found = await until('the entry', async () => {
      const entries = await read(filter);
      return entries.length > 0 ? entries : false;
    });
    expect(found).toMatchObject([
      {
        severity: 'INFO',
        resource: {
          type: 'cloud_run_revision',
          labels: { service_name: 'api', revision_name: 'api-00001-abc' },
        },
        jsonPayload: { path: '/orders', status: 200, upstream: 'aster' },
      },
    ]);
  });

  it('sees the metric that a step made of them', async () => {
    const context = contextFor(
      loggingMetric,
      { connection: 'google', name: 'aster', filter: 'jsonPayload.upstream="aster"' },
      { connections: { google: { kind: 'google', project, region, endpoint: google.url } } },
    );
    expect(await loggingMetric.run(context, new AbortController().signal)).toMatchObject({
      status: 'succeeded',
    });
    const told = await gcloud('logging', 'metrics', 'list', '--format=csv[no-heading](name,filter)');
    expect(told.trim()).toBe('aster,"jsonPayload.upstream=""aster"""');
  });

  it('is refused a filter that is none', async () => {
    await expect(read('severity>')).rejects.toThrow('Unparseable filter');
  });
});
