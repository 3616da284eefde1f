import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { send } from '../service/http.ts';
import type { Clients, Seen } from './clients.ts';

/** The series that there are, as recording rules of a Prometheus would name them. */
export const queries = {
  scraped: 'sapphire:services:up',
  errors: 'sapphire:errors:ratio',
  p95: 'sapphire:latency:p95',
  mcp: 'sapphire:mcp_messages:rate',
} as const;

/** Each request of a client is one MCP message here. */
const values: Readonly<Record<string, (seen: Seen) => number>> = {
  [queries.scraped]: ({ up }) => up,
  [queries.errors]: ({ errors }) => errors,
  [queries.p95]: ({ p95 }) => p95,
  [queries.mcp]: ({ perSecond }) => perSecond,
};

const mostPoints = 11_000;

/**
 * Answers the query API of Prometheus with what clients saw; a query is the name of one of the series.
 * Rule: https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export async function answerQuery(
  clients: Clients,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const form = new URLSearchParams(await text(request));
  const query = form.get('query') ?? '';
  const value = values[query];
  if (value === undefined) return refuse(response, `there is no series ${query} here`);
  const at = (seconds: number): [number, string] | undefined => {
    const seen = clients.seen(seconds * 1_000);
    return seen && [seconds, String(value(seen))];
  };
  const metric = { __name__: query };
  if (request.url === '/api/v1/query') {
    const found = at(Number(form.get('time') ?? Date.now() / 1_000));
    return told(response, 'vector', found === undefined ? [] : [{ metric, value: found }]);
  }
  const [start = 0, end = 0, step = 0] = ['start', 'end', 'step'].map((name) => Number(form.get(name)));
  if (!(step > 0) || !(end >= start) || (end - start) / step > mostPoints) {
    return refuse(response, 'this range can’t be answered');
  }
  const points = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) =>
    at(start + index * step),
  );
  const found = points.filter((point) => point !== undefined);
  return told(response, 'matrix', found.length === 0 ? [] : [{ metric, values: found }]);
}

function told(response: ServerResponse, resultType: string, result: object[]): void {
  const body = JSON.stringify({ status: 'success', data: { resultType, result } });
  send(response, { status: 200, body, headers: { 'content-type': 'application/json' } });
}

function refuse(response: ServerResponse, error: string): void {
  send(response, { status: 400, body: { status: 'error', errorType: 'bad_data', error } });
}
