import { z } from 'zod';
import type { Connection } from '../../core/rollout/plan.ts';
import type { EntrySpan, TraceSource } from '../../ports/traces.ts';
import { serviceCalls } from '../service/calls.ts';
import {
  readConnection,
  type ServiceDependencies,
  secretReference,
  secretValue,
  serviceUrl,
} from '../service/connection.ts';

export const jaegerConnectionSchema = z.strictObject({
  kind: z.literal('jaeger'),
  url: serviceUrl.describe('The query service, with its base path'),
  token: secretReference.optional().describe('A bearer token'),
  ui: serviceUrl.optional().describe('Where people see it; absent: the same address'),
});

const tagSchema = z.object({ key: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) });
const spanSchema = z.object({
  traceID: z.string(),
  processID: z.string(),
  startTime: z.number().describe('Microseconds since the epoch'),
  duration: z.number().describe('Microseconds'),
  tags: z.array(tagSchema).default([]),
});
const tracesSchema = z.object({
  data: z.array(
    z.object({
      spans: z.array(spanSchema),
      processes: z.record(z.string(), z.object({ serviceName: z.string() })),
    }),
  ),
});
type Tag = z.infer<typeof tagSchema>;

function isEntry(tags: readonly Tag[]): boolean {
  return tags.some(({ key, value }) => key === 'span.kind' && (value === 'server' || value === 'consumer'));
}

function isError(tags: readonly Tag[]): boolean {
  return tags.some(({ key, value }) =>
    key === 'error' ? String(value) === 'true' : key === 'otel.status_code' && value === 'ERROR',
  );
}

/**
 * Jaeger, by the JSON API of its query service.
 * Rule: https://www.jaegertracing.io/docs/latest/apis/#http-json
 */
export function jaegerTraces(given: Connection, dependencies: ServiceDependencies): TraceSource {
  const connection = readConnection('Jaeger', jaegerConnectionSchema, given);
  const base = connection.url.replace(/\/+$/, '');
  const call = serviceCalls('Jaeger', dependencies);
  const timesOf = ({ from, to }: { from: number; to: number }) => ({
    start: String(Math.floor(from) * 1_000),
    end: String(Math.ceil(to) * 1_000),
  });

  async function headers(): Promise<Record<string, string>> {
    const { token } = connection;
    if (token === undefined) return {};
    return { authorization: `Bearer ${await secretValue('Jaeger', token, dependencies)}` };
  }

  return {
    async entries(service, time, limit, signal) {
      const query = new URLSearchParams({ service, ...timesOf(time), limit: String(limit) });
      const url = `${base}/api/traces?${query}`;
      const answer = await call({ method: 'GET', url, headers: await headers() }, signal);
      const spans = answer.read(tracesSchema).data.flatMap(({ spans: all, processes }) =>
        all
          .filter(({ processID, tags }) => processes[processID]?.serviceName === service && isEntry(tags))
          .map(
            ({ traceID, startTime, duration, tags }): EntrySpan => ({
              trace: traceID,
              at: startTime / 1_000,
              duration: duration / 1_000,
              error: isError(tags),
            }),
          ),
      );
      return spans.filter(({ at }) => at >= time.from && at <= time.to);
    },
    link(service, time) {
      const query = new URLSearchParams({ service, ...timesOf(time) });
      return `${(connection.ui ?? base).replace(/\/+$/, '')}/search?${query}`;
    },
  };
}
