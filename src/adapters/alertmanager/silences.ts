import { z } from 'zod';
import type { SilenceMatcher } from '../../core/alerts/facts.ts';
import type { Connection } from '../../core/rollout/plan.ts';
import { shown, shownUrl } from '../../core/step/shown.ts';
import { type AlertSourceLook, type KeptSilence, SilenceError, type Silences } from '../../ports/silences.ts';
import { authorizationOf, readConnection } from './connection.ts';

export interface AlertmanagerDependencies {
  fetch: typeof globalThis.fetch;
  /** A secret by its name; undefined where there is none. */
  secret(name: string): Promise<string | undefined>;
  /** Milliseconds for one call; absent: five seconds. */
  timeout?: number;
}

const createdSchema = z.object({ silenceID: z.string().min(1) });
const keptSchema = z.object({
  id: z.string().min(1),
  status: z.object({ state: z.enum(['expired', 'active', 'pending']) }),
  comment: z.string(),
  endsAt: z.iso.datetime({ offset: true }),
});

const firingSchema = z.object({ fingerprint: z.string().min(1) });

type Answer = { status: number; text: string };

/**
 * Silences of an Alertmanager, and what fires there, over its API v2.
 * Rule: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 */
export function alertmanagerSilences(
  given: Connection,
  dependencies: AlertmanagerDependencies,
): Silences & AlertSourceLook {
  const connection = readConnection(given);
  const base = connection.url.replace(/\/+$/, '');
  const where = `Alertmanager at ${shownUrl(base)}`;

  async function send(path: string, init: RequestInit, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const headers = {
      ...(await authorizationOf(connection, dependencies.secret)),
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const limit = AbortSignal.timeout(dependencies.timeout ?? 5_000);
    try {
      const options = {
        ...init,
        headers,
        redirect: 'error' as const,
        signal: AbortSignal.any([signal, limit]),
      };
      const response = await dependencies.fetch(`${base}/api/v2${path}`, options);
      return { status: response.status, text: await response.text() };
    } catch (cause) {
      signal.throwIfAborted();
      const why = limit.aborted ? 'gave no answer in time' : 'could not be reached';
      throw faultOf('unavailable', `${where} ${why}`, cause);
    }
  }

  function read<T>(schema: z.ZodType<T>, { status, text }: Answer): T {
    if (status < 200 || status > 299) throw failed({ status, text });
    try {
      return schema.parse(JSON.parse(text));
    } catch (cause) {
      throw faultOf('unreadable', `${where} answered in an unknown form`, cause);
    }
  }

  function failed({ status, text }: Answer): SilenceError {
    const passing = status >= 500 || status === 429 || status === 408;
    const said = text.trim() === '' ? '' : `: ${shown(saidIn(text))}`;
    return new SilenceError(passing ? 'unavailable' : 'refused', `${where} answered ${status}${said}`);
  }

  async function stateOf(id: string, signal: AbortSignal): Promise<'gone' | 'there'> {
    const answer = await send(`/silence/${encodeURIComponent(id)}`, {}, signal);
    if (answer.status === 404) return 'gone';
    return read(keptSchema, answer).status.state === 'expired' ? 'gone' : 'there';
  }

  return {
    async create({ matchers, from, until, by, comment }, signal) {
      const body = JSON.stringify({ matchers, startsAt: from, endsAt: until, createdBy: by, comment });
      return read(createdSchema, await send('/silences', { method: 'POST', body }, signal)).silenceID;
    },
    async find(operation, matchers, signal) {
      const query = new URLSearchParams(matchers.map((matcher) => ['filter', filterOf(matcher)]));
      const all = read(z.array(keptSchema), await send(`/silences?${query}`, {}, signal));
      return all
        .filter(({ comment }) => comment.includes(operation))
        .map(({ id, endsAt, status }): KeptSilence => {
          return { id, until: new Date(endsAt).toISOString(), ended: status.state === 'expired' };
        })
        .sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    async firing(matchers, signal) {
      const query = new URLSearchParams(matchers.map((matcher) => ['filter', filterOf(matcher)]));
      for (const state of ['active', 'silenced', 'inhibited', 'unprocessed']) query.set(state, 'true');
      const all = read(z.array(firingSchema), await send(`/alerts?${query}`, {}, signal));
      return all.map(({ fingerprint }) => fingerprint);
    },
    async remove(id, signal) {
      if ((await stateOf(id, signal)) === 'gone') return;
      const answer = await send(`/silence/${encodeURIComponent(id)}`, { method: 'DELETE' }, signal);
      if (answer.status >= 200 && answer.status <= 299) return;
      if ((await stateOf(id, signal)) === 'there') throw failed(answer);
    },
  };
}

function faultOf(reason: SilenceError['reason'], message: string, cause: unknown): SilenceError {
  return new SilenceError(reason, message, { cause });
}

/** What of an error's body says why: Alertmanager writes a JSON text, or an object with a message. */
function saidIn(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string') return value;
    return z.object({ message: z.string() }).parse(value).message;
  } catch {
    return text;
  }
}

/** As PromQL writes a matcher. */
function filterOf({ name, value, isRegex, isEqual }: SilenceMatcher): string {
  const operator = `${isEqual ? '=' : '!'}${isRegex ? '~' : isEqual ? '' : '='}`;
  return `${name}${operator}${JSON.stringify(value)}`;
}
