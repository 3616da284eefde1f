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

export const tempoConnectionSchema = z.strictObject({
  kind: z.literal('tempo'),
  url: serviceUrl,
  token: secretReference.optional().describe('A bearer token'),
  tenant: z.string().min(1).optional().describe('Sent as X-Scope-OrgID'),
  link: z
    .string()
    .regex(/^https?:\/\//)
    .optional()
    .describe('A page for people; {service}, {from} and {to} (milliseconds) are filled in'),
});

/** Nanoseconds in text: more digits than a number holds. */
const nanoseconds = z.union([z.string().regex(/^\d+$/), z.int()]).transform((text) => Number(text) / 1e6);
const spanSchema = z.object({
  startTimeUnixNano: nanoseconds,
  durationNanos: nanoseconds,
  attributes: z
    .array(z.object({ key: z.string(), value: z.object({ stringValue: z.string().optional() }) }))
    .default([]),
});
const spanSet = z.object({ spans: z.array(spanSchema).default([]) });
const searchSchema = z.object({
  traces: z.array(z.object({ traceID: z.string(), spanSets: z.array(spanSet).default([]) })).default([]),
});

/** More spans of one service than these in one trace tell nothing new. */
const spansOfTrace = '100';

/**
 * Grafana Tempo, searched by TraceQL.
 * Rule: https://grafana.com/docs/tempo/latest/api_docs/#search
 */
export function tempoTraces(given: Connection, dependencies: ServiceDependencies): TraceSource {
  const connection = readConnection('Tempo', tempoConnectionSchema, given);
  const base = connection.url.replace(/\/+$/, '');
  const call = serviceCalls('Tempo', dependencies);

  async function headers(): Promise<Record<string, string>> {
    const { token, tenant } = connection;
    return {
      ...(token === undefined
        ? {}
        : { authorization: `Bearer ${await secretValue('Tempo', token, dependencies)}` }),
      ...(tenant === undefined ? {} : { 'x-scope-orgid': tenant }),
    };
  }

  return {
    async entries(service, { from, to }, limit, signal) {
      const where = `resource.service.name = ${JSON.stringify(service)}`;
      const query = new URLSearchParams({
        q: `{ ${where} && (kind = server || kind = consumer) } | select(status)`,
        start: String(Math.floor(from / 1_000)),
        end: String(Math.ceil(to / 1_000)),
        limit: String(limit),
        spss: spansOfTrace,
      });
      const url = `${base}/api/search?${query}`;
      const answer = await call({ method: 'GET', url, headers: await headers() }, signal);
      const spans = answer.read(searchSchema).traces.flatMap(({ traceID, spanSets }) =>
        spanSets.flatMap((set) =>
          set.spans.map(
            ({ startTimeUnixNano, durationNanos, attributes }): EntrySpan => ({
              trace: traceID,
              at: startTimeUnixNano,
              duration: durationNanos,
              error: attributes.some(({ key, value }) => key === 'status' && value.stringValue === 'error'),
            }),
          ),
        ),
      );
      return spans.filter(({ at }) => at >= from && at <= to);
    },
    link(service, { from, to }) {
      return connection.link
        ?.replaceAll('{service}', encodeURIComponent(service))
        .replaceAll('{from}', String(from))
        .replaceAll('{to}', String(to));
    },
  };
}
