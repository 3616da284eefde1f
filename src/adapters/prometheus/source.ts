import { z } from 'zod';
import type { Connection } from '../../core/rollout/plan.ts';
import { shown, shownUrl } from '../../core/step/shown.ts';
import type { PrometheusSource, Samples } from '../../ports/world.ts';
import { type Answer, answerSchema } from './answer.ts';
import { PrometheusError } from './error.ts';

export interface PrometheusDependencies {
  fetch: typeof globalThis.fetch;
  /** A secret by its name; undefined where there is none. */
  secret(name: string): Promise<string | undefined>;
  /** Milliseconds for one question; absent: ten seconds. */
  timeout?: number;
  /** Told what Prometheus remarks on an answer that it gave all the same. */
  onWarning?(warning: string): void;
}

const secretName = /^\$\{\{\s*secrets\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}$/;

export const prometheusConnectionSchema = z.strictObject({
  kind: z.literal('prometheus'),
  url: z.url({ protocol: /^https?$/ }),
  token: z
    .string()
    .regex(secretName, 'a secret by its name: ${{ secrets.NAME }}')
    .optional()
    .describe('A bearer token'),
});

function reasonOf(status: number): PrometheusError['reason'] {
  return status >= 500 || status === 429 || status === 408 ? 'unavailable' : 'refused';
}

function unanswered(base: string, cause: unknown): PrometheusError {
  const late = cause instanceof Error && cause.name === 'TimeoutError';
  const why = late ? 'gave no answer in time' : 'could not be reached';
  return new PrometheusError('unavailable', `Prometheus at ${shownUrl(base)} ${why}`, { cause });
}

function unreadable(base: string, { ok, status }: Response, cause: unknown): PrometheusError {
  const message = `Prometheus at ${shownUrl(base)} answered ${status} in an unknown form`;
  return new PrometheusError(ok ? 'unreadable' : reasonOf(status), message, { cause });
}

async function tokenOf(
  token: string | undefined,
  { secret }: PrometheusDependencies,
): Promise<string | undefined> {
  const name = secretName.exec(token ?? '')?.[1];
  if (name === undefined) return undefined;
  const value = await secret(name);
  if (value === undefined)
    throw new PrometheusError('refused', `the secret ${name} for Prometheus is not set`);
  return value;
}

function samplesOf({ resultType, result }: Answer): Samples[] {
  if (resultType === 'scalar') return [{ labels: {}, points: [result] }];
  if (resultType === 'vector')
    return result.map(({ metric, value }) => ({ labels: metric, points: [value] }));
  return result.map(({ metric, values }) => ({ labels: metric, points: values }));
}

/**
 * Asks a Prometheus server (or what speaks its HTTP API) through `/api/v1/query` and `/api/v1/query_range`.
 * Throws `PrometheusError`, or the signal's reason when that aborts.
 * Rule: https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export function prometheusSource(given: Connection, dependencies: PrometheusDependencies): PrometheusSource {
  const connection = prometheusConnectionSchema.parse(given);
  const base = connection.url.replace(/\/+$/, '');

  async function send(path: string, form: Record<string, string>, signal: AbortSignal): Promise<Response> {
    const token = await tokenOf(connection.token, dependencies);
    try {
      return await dependencies.fetch(`${base}${path}`, {
        method: 'POST',
        redirect: 'error',
        body: new URLSearchParams(form),
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        signal: AbortSignal.any([signal, AbortSignal.timeout(dependencies.timeout ?? 10_000)]),
      });
    } catch (cause) {
      signal.throwIfAborted();
      throw unanswered(base, cause);
    }
  }

  async function read(response: Response, signal: AbortSignal): Promise<unknown> {
    try {
      return await response.json();
    } catch (cause) {
      signal.throwIfAborted();
      throw unreadable(base, response, cause);
    }
  }

  async function ask(path: string, form: Record<string, string>, signal: AbortSignal): Promise<Samples[]> {
    signal.throwIfAborted();
    const response = await send(path, form, signal);
    const parsed = answerSchema.safeParse(await read(response, signal));
    if (!parsed.success) throw unreadable(base, response, parsed.error);
    const answer = parsed.data;
    if (answer.status === 'error') {
      const reason = response.ok ? 'refused' : reasonOf(response.status);
      throw new PrometheusError(reason, `Prometheus: ${answer.errorType}: ${shown(answer.error)}`);
    }
    for (const warning of answer.warnings) dependencies.onWarning?.(shown(warning));
    return samplesOf(answer.data);
  }

  const seconds = (at: number) => String(at / 1_000);
  return {
    instant: (query, at, signal) => ask('/api/v1/query', { query, time: seconds(at) }, signal),
    range: (query, from, to, step, signal) =>
      ask(
        '/api/v1/query_range',
        { query, start: seconds(from), end: seconds(to), step: seconds(step) },
        signal,
      ),
  };
}
