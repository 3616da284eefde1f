import type { ServerResponse } from 'node:http';
import { serverOf } from './server.ts';

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, error: string): void {
  json(response, 400, { status: 'error', errorType: 'bad_data', error });
}

/** A strict double of the two query endpoints; it refuses parameters as Prometheus does. */
export async function prometheusDouble() {
  const known = new Map<string, { metric: Record<string, string>; value: string }>();
  const warnings: string[] = [];
  let token: string | undefined;
  let fixed: { status: number; body: string } | undefined;
  let hanging = false;
  const server = await serverOf((request, body, response) => {
    if (hanging) return;
    if (fixed) return void response.writeHead(fixed.status, { 'content-type': 'text/html' }).end(fixed.body);
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
      return void response.writeHead(401).end('Unauthorized');
    }
    if (
      request.method !== 'POST' ||
      request.headers['content-type'] !== 'application/x-www-form-urlencoded;charset=UTF-8'
    ) {
      return void response.writeHead(405).end();
    }
    const form = new URLSearchParams(body.toString());
    const query = form.get('query') ?? '';
    if (query === '')
      return refuse(
        response,
        'invalid parameter "query": unknown position: parse error: no expression found in input',
      );
    if (query.endsWith('(')) return refuse(response, 'parse error: unclosed left parenthesis');
    const found = known.get(query);
    const answer = (resultType: string, result: unknown) =>
      json(response, 200, {
        status: 'success',
        data: { resultType, result },
        ...(warnings.length > 0 ? { warnings } : {}),
      });
    if (request.url === '/api/v1/query') {
      const time = Number(form.get('time') ?? Number.NaN);
      if (!Number.isFinite(time)) return refuse(response, 'invalid parameter "time"');
      if (query === 'scalar(1)') return answer('scalar', [time, '1']);
      return answer('vector', found ? [{ metric: found.metric, value: [time, found.value] }] : []);
    }
    if (request.url !== '/api/v1/query_range') return void response.writeHead(404).end('404 page not found');
    const [start = 0, end = 0, step = 0] = ['start', 'end', 'step'].map((name) =>
      Number(form.get(name) ?? Number.NaN),
    );
    if (!(step > 0))
      return refuse(response, 'zero or negative query resolution step widths are not accepted.');
    if (!(end >= start))
      return refuse(response, 'invalid parameter "end": end timestamp must not be before start time');
    if ((end - start) / step > 11_000)
      return refuse(response, 'exceeded maximum resolution of 11,000 points per timeseries.');
    const values = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) => [
      start + index * step,
      found?.value,
    ]);
    answer('matrix', found ? [{ metric: found.metric, values }] : []);
  });
  return {
    ...server,
    vector(query: string, metric: Record<string, string>, value: string) {
      known.set(query, { metric, value });
    },
    warn(text: string) {
      warnings.push(text);
    },
    demand(wanted: string) {
      token = wanted;
    },
    answer(status: number, body: string) {
      fixed = { status, body };
    },
    hang() {
      hanging = true;
    },
  };
}
