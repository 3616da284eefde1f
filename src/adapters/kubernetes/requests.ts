import { setTimeout as pauseFor } from 'node:timers/promises';
import { KubernetesError } from '../../ports/kubernetes.ts';
import { refusal } from './status.ts';
import type { Answer, Ask, Send } from './transport.ts';

/** An answer with its body. */
export interface Reply {
  status: number;
  text: string;
}

/** `what` is asked for, in words, for the message of an error. */
type Request<Of> = (what: string, ask: Ask, signal: AbortSignal) => Promise<Of>;

export interface Requests {
  /** Asked again until it is answered. A 404 is an answer. */
  read: Request<Reply>;
  /** Sent once; again only when the server surely didn't take it up. */
  write: Request<Reply>;
  /** An answer whose body goes on; nothing is repeated, and nothing ends it but the signal. */
  open: Request<Answer>;
}

export interface Patience {
  /** Milliseconds before each further try; the server's own `Retry-After` counts when it is longer. */
  pauses: readonly number[];
  /** Milliseconds for one exchange. */
  timeout: number;
}

export const usualPatience: Patience = { pauses: [200, 500, 1_000, 2_000, 4_000], timeout: 15_000 };

/** No server may ask for a longer pause (milliseconds): the step's own retry comes sooner. */
const longestPause = 10_000;

/** The request certainly never reached the server. */
const neverSent = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT/;

type Met = (Reply & { wait: number }) | KubernetesError;

export function createRequests(send: Send, userAgent: string, patience: Patience): Requests {
  /** One exchange; what comes instead of an answer is a `KubernetesError` that is returned. */
  async function exchange(what: string, ask: Ask, signal: AbortSignal): Promise<Met> {
    signal.throwIfAborted();
    const limit = AbortSignal.timeout(patience.timeout);
    try {
      const answer = await send(ask, userAgent, AbortSignal.any([signal, limit]));
      const wait = Number(answer.headers['retry-after'] ?? 0) * 1_000 || 0;
      return { status: answer.status, text: await answer.text(), wait };
    } catch (cause) {
      signal.throwIfAborted();
      const late = limit.aborted ? `no answer within ${patience.timeout / 1_000} s` : undefined;
      return unanswered(what, cause, late);
    }
  }

  /** Tries until what is met is not worth another try, or patience ends. */
  async function patiently(
    what: string,
    ask: Ask,
    signal: AbortSignal,
    passing: (met: Met) => boolean,
  ): Promise<Reply> {
    for (let tried = 0; ; tried += 1) {
      const met = await exchange(what, ask, signal);
      const pause = patience.pauses[tried];
      if (pause === undefined || !passing(met)) {
        if (met instanceof KubernetesError) throw met;
        return met;
      }
      const asked = met instanceof KubernetesError ? 0 : Math.min(met.wait, longestPause);
      await pauseFor(Math.max(pause, asked), undefined, { signal }).catch(() => undefined);
    }
  }

  return {
    async read(what, ask, signal) {
      try {
        const reply = await patiently(what, ask, signal, (met) => notTaken(met) || failed(met));
        if (reply.status < 300 || reply.status === 404) return reply;
        throw refusal(what, reply.status, reply.text);
      } catch (error) {
        throw withoutDoubt(error);
      }
    },
    async write(what, ask, signal) {
      const reply = await patiently(what, ask, signal, notTaken);
      if (reply.status < 300) return reply;
      throw refusal(what, reply.status, reply.text);
    },
    async open(what, ask, signal) {
      signal.throwIfAborted();
      try {
        return await send(ask, userAgent, signal);
      } catch (cause) {
        signal.throwIfAborted();
        throw unanswered(what, cause);
      }
    },
  };
}

/** A read changes nothing, whatever became of it. */
function withoutDoubt(error: unknown): unknown {
  if (!(error instanceof KubernetesError) || error.reason !== 'unknown') return error;
  return new KubernetesError(error.message, { reason: 'unavailable', cause: error });
}

function notTaken(met: Met): boolean {
  return met instanceof KubernetesError ? met.reason === 'unavailable' : met.status === 429;
}

function failed(met: Met): boolean {
  return met instanceof KubernetesError ? met.reason === 'unknown' : met.status >= 500;
}

function unanswered(what: string, cause: unknown, late?: string): KubernetesError {
  if (cause instanceof KubernetesError) return cause;
  const why = late ?? `the API server can't be reached (${codeOf(cause)})`;
  const reason = neverSent.test(why) ? 'unavailable' : 'unknown';
  return new KubernetesError(`${what}: ${why}`, { reason, cause });
}

/** The system's code of a failed request: its cause's, or that of the first of several tried addresses. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error.cause === undefined ? error.message : codeOf(error.cause);
}
