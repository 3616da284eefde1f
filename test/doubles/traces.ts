import { json, serve } from '../support/http-server.ts';

/** A call into a service, as the doubles keep it. Times in milliseconds. */
export interface KeptCall {
  service: string;
  at: number;
  duration: number;
  error?: boolean;
  kind?: 'server' | 'client' | 'consumer';
}

/** A strict double of Tempo's search: one form of TraceQL, times in whole seconds, spans only where they are asked for. */
export async function tempoDouble(token?: string) {
  const calls: KeptCall[] = [];
  let limited = 0;
  const form =
    /^\{ resource\.service\.name = "([^"\\]+)" && \(kind = server \|\| kind = consumer\) \}( \| select\(status\))?$/;

  const server = await serve(({ path, headers, method }, response) => {
    const url = new URL(path, 'http://x');
    const plain = (status: number, text: string, more: Record<string, string> = {}) =>
      void response.writeHead(status, { 'content-type': 'text/plain', ...more }).end(text);
    if (limited > 0) {
      limited -= 1;
      return plain(429, 'rate limited', { 'retry-after': '1' });
    }
    if (token !== undefined && headers.authorization !== `Bearer ${token}`) return plain(401, 'no org id');
    if (method !== 'GET' || url.pathname !== '/api/search') return plain(404, '404 page not found');
    const number = (name: string) => Number(url.searchParams.get(name) ?? Number.NaN);
    const [start, end, limit, spss] = [number('start'), number('end'), number('limit'), number('spss')];
    const query = form.exec(url.searchParams.get('q') ?? '');
    if (query === null) return plain(400, 'invalid TraceQL query: parse error');
    if (![start, end, limit, spss].every(Number.isInteger) || start > 1e11 || start >= end)
      return plain(400, 'invalid start, end, limit or spss');
    const found = calls
      .map((call, index) => ({ ...call, index }))
      .filter(({ service, kind = 'server' }) => service === query[1] && kind !== 'client')
      .filter(({ at }) => at >= start * 1_000 && at <= end * 1_000);
    const traces = found.slice(0, limit).map(({ index, at, duration, error, service }) => ({
      traceID: index.toString(16).padStart(32, '0'),
      rootServiceName: service,
      startTimeUnixNano: `${at}000000`,
      durationMs: duration,
      spanSets: [
        {
          matched: 1,
          spans: [
            {
              spanID: index.toString(16).padStart(16, '0'),
              startTimeUnixNano: `${at}000000`,
              durationNanos: String(duration * 1e6),
              ...(query[2] === undefined
                ? {}
                : { attributes: [{ key: 'status', value: { stringValue: error ? 'error' : 'unset' } }] }),
            },
          ],
        },
      ],
    }));
    return json(response, { traces, metrics: { completedJobs: 1, totalJobs: 1 } });
  });
  return {
    ...server,
    calls,
    limit(count: number) {
      limited = count;
    },
  };
}

/** A strict double of Jaeger's query service: times in microseconds, whole traces with their processes. */
export async function jaegerDouble() {
  const calls: KeptCall[] = [];
  const server = await serve(({ path, method }, response) => {
    const url = new URL(path, 'http://x');
    const refuse = (code: number, msg: string) =>
      json(response, { data: null, errors: [{ code, msg }] }, code);
    if (method !== 'GET' || url.pathname !== '/api/traces') return refuse(404, 'not found');
    const service = url.searchParams.get('service');
    if (service === null) return refuse(400, "parameter 'service' is required");
    const number = (name: string) => Number(url.searchParams.get(name) ?? Number.NaN);
    const [start, end, limit] = [number('start'), number('end'), number('limit')];
    if (![start, end, limit].every(Number.isInteger) || start < 1e15)
      return refuse(400, "unable to parse param 'start'");
    const found = calls.filter((call) => call.service === service);
    const data = found
      .filter(({ at }) => at * 1_000 >= start && at * 1_000 <= end)
      .slice(0, limit)
      .map(({ at, duration, error, kind = 'server' }, index) => {
        const span = (processID: string, tags: object[]) => ({
          traceID: `${index}`,
          spanID: `${index}-${processID}`,
          processID,
          startTime: at * 1_000,
          duration: duration * 1_000,
          tags,
        });
        const failed = error ? [{ key: 'error', type: 'bool', value: true }] : [];
        return {
          traceID: `${index}`,
          spans: [
            span('p1', [{ key: 'span.kind', type: 'string', value: kind }, ...failed]),
            span('p2', [
              { key: 'span.kind', type: 'string', value: 'server' },
              { key: 'error', value: true },
            ]),
          ],
          processes: { p1: { serviceName: service }, p2: { serviceName: 'elsewhere' } },
        };
      });
    return json(response, { data, total: 0, limit, offset: 0, errors: null });
  });
  return { ...server, calls };
}
