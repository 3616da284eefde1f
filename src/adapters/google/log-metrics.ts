import { z } from 'zod';
import type { LogMetric, LogMetrics } from '../../ports/google-logs.ts';
import { ServiceError } from '../../ports/service.ts';
import { googleCalls } from './calls.ts';
import { endpointOf, type GoogleConnection, type GoogleDependencies } from './connection.ts';

const labelSchema = z.object({ key: z.string(), valueType: z.literal('STRING').default('STRING') });

/** A counter that is on, with labels that are texts. */
const counterSchema = z
  .object({
    filter: z.string(),
    description: z.string().default(''),
    disabled: z.literal(false).default(false),
    valueExtractor: z.literal('').default(''),
    metricDescriptor: z.object({
      metricKind: z.literal('DELTA'),
      valueType: z.literal('INT64'),
      labels: z.array(labelSchema).default([]),
    }),
    labelExtractors: z.record(z.string(), z.string()).default({}),
  })
  .transform(({ filter, description, labelExtractors }): LogMetric => {
    return { filter, text: description, labels: labelExtractors };
  });

const metricSchema = z.looseObject({ description: z.string().default('') });

function bodyOf(name: string, { filter, text, labels }: LogMetric): object {
  return {
    name,
    filter,
    description: text,
    metricDescriptor: {
      metricKind: 'DELTA',
      valueType: 'INT64',
      unit: '1',
      labels: Object.keys(labels).map((key) => ({ key, valueType: 'STRING' })),
    },
    labelExtractors: labels,
  };
}

/**
 * Metrics by Cloud Logging v2 (https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.metrics); its update
 * makes a metric where there is none.
 */
export function logMetrics(connection: GoogleConnection, dependencies: GoogleDependencies): LogMetrics {
  const base = endpointOf('logging', connection, dependencies.env);
  const call = googleCalls('Cloud Logging', base, dependencies);
  const pathOf = (name: string): string =>
    `/projects/${connection.project}/metrics/${encodeURIComponent(name)}`;
  return {
    async find(name, signal) {
      try {
        const found = await call({ method: 'GET', path: pathOf(name), schema: metricSchema }, signal);
        return { text: found.description, metric: counterSchema.safeParse(found).data };
      } catch (error) {
        if (error instanceof ServiceError && error.reason === 'missing') return undefined;
        throw error;
      }
    },
    async put(name, metric, signal) {
      const request = {
        method: 'PUT',
        path: pathOf(name),
        body: bodyOf(name, metric),
        guarded: true,
      } as const;
      await call({ ...request, schema: metricSchema }, signal);
    },
  };
}
