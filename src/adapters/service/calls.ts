import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { faultCode, neverSentBecause } from '../../core/http-fault.ts';
import { shown } from '../../core/step/shown.ts';
import { ServiceError } from '../../ports/service.ts';
import type { ServiceDependencies } from './connection.ts';

export interface ServiceRequest {
  method: string;
  url: string;
  headers?: Record<string, string>;
  body?: string;
  /** Statuses beside 200 to 299 that are an answer and no fault. */
  take?: readonly number[];
  /** A change that may be sent again: a precondition or an id in it lets it take effect once. */
  repeatable?: boolean;
  /** A read's redirection is an answer (`take` its status), and not followed. */
  unfollowed?: true;
}

export interface ServiceAnswer {
  status: number;
  headers: Headers;
  bytes: Uint8Array;
  /** The body by a schema. Throws `ServiceError` where it has another form. */
  read<T>(schema: z.ZodType<T>): T;
}

/** One call of a service. Rejects with `ServiceError`, or the signal's reason. */
export type ServiceCall = (request: ServiceRequest, signal: AbortSignal) => Promise<ServiceAnswer>;

/** One try may take so long, in milliseconds. */
const timeout = 10_000;
const tries = 4;
/** A service that asks for a longer pause is taken for unavailable. */
const longestPause = 15_000;
const mostBytes = 8 * 1024 * 1024;

/** Absent, or as `Retry-After` has it: seconds or a date (RFC 9110, 10.2.3). */
function pauseAskedFor({ status, headers }: Response): number | undefined {
  const asked = headers.get('retry-after');
  if (asked !== null) {
    const until = /^\d+$/.test(asked) ? Number(asked) * 1_000 : Date.parse(asked) - Date.now();
    return Number.isFinite(until) ? Math.max(0, until) : undefined;
  }
  const spent = (status === 403 || status === 429) && headers.get('x-ratelimit-remaining') === '0';
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN);
  return spent && Number.isFinite(reset) ? Math.max(0, reset * 1_000 - Date.now()) : undefined;
}

const quotaSchema = z.object({ error: z.object({ errors: z.array(z.object({ reason: z.string() })) }) });
const quotaReasons = ['rateLimitExceeded', 'userRateLimitExceeded'];

/**
 * Whether a 403 says that requests came too fast: Google's older APIs, such as Compute Engine and Cloud DNS, answer it
 * in place of a 429 (https://cloud.google.com/compute/api-quota).
 */
function isTooFast(bytes: Uint8Array): boolean {
  try {
    const { error } = quotaSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    return error.errors.some(({ reason }) => quotaReasons.includes(reason));
  } catch {
    return false;
  }
}

/** Asked to slow down: what was asked was not taken up. */
function isTooMuch({ status, headers }: Response, bytes: Uint8Array): boolean {
  if (status !== 403) return status === 429;
  const spent = headers.get('x-ratelimit-remaining') === '0';
  return headers.has('retry-after') || spent || isTooFast(bytes);
}

function isPassing(response: Response, bytes: Uint8Array): boolean {
  return isTooMuch(response, bytes) || response.status === 408 || response.status >= 500;
}

const problemSchemas = [
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
  z
    .object({ errors: z.array(z.object({ reason: z.string(), field: z.string().optional() })).min(1) })
    .transform(({ errors }) => errors.map(({ field, reason }) => [field, reason].filter(Boolean).join(': '))),
  z
    .object({ errors: z.array(z.object({ message: z.string() }).or(z.object({ msg: z.string() }))).min(1) })
    .transform(({ errors }) => errors.map((one) => ('message' in one ? one.message : one.msg))),
  z.object({ message: z.string() }).transform(({ message }) => message),
];

/** What of an error's body says why, in the forms of the services that are called here. */
function saidIn(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === '') return '';
  try {
    const value: unknown = JSON.parse(text);
    const said = problemSchemas.map((schema) => schema.safeParse(value)).find(({ success }) => success);
    return `: ${shown([said?.data ?? text].flat().join('; '))}`;
  } catch {
    return text.startsWith('<') ? '' : `: ${shown(text)}`;
  }
}

async function bodyOf(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > mostBytes) throw new RangeError(`an answer of over ${mostBytes} bytes`);
  }
  return Buffer.concat(chunks);
}

/**
 * Calls a service over HTTP. A read is tried four times where the service fails or asks to slow down, heeding
 * `Retry-After`, and so is what changes something as long as the service says that it took nothing up (too many
 * requests). Otherwise that is sent once unless it is repeatable, and where its fate is not known that is said
 * (`doubtful`).
 * Redirections are followed for reads alone. `what` names the service in every message.
 */
export function serviceCalls(what: string, { fetch, pause = sleepFor }: ServiceDependencies): ServiceCall {
  async function once(request: ServiceRequest, signal: AbortSignal): Promise<[Response, Uint8Array]> {
    const { method, url, headers, body } = request;
    const limit = AbortSignal.timeout(timeout);
    try {
      const response = await fetch(url, {
        method,
        redirect: request.unfollowed ? 'manual' : isRead(method) ? 'follow' : 'error',
        signal: AbortSignal.any([signal, limit]),
        ...(headers === undefined ? {} : { headers }),
        ...(body === undefined ? {} : { body }),
      });
      return [response, await bodyOf(response)];
    } catch (cause) {
      signal.throwIfAborted();
      throw unanswered(what, method, limit.aborted, cause);
    }
  }

  return async (request, signal) => {
    const harmless = isRead(request.method) || request.repeatable === true;
    for (let tried = 1; ; tried += 1) {
      signal.throwIfAborted();
      const answer = await once(request, signal).catch((error: unknown) => {
        if (harmless && tried < tries && error instanceof ServiceError) return undefined;
        throw error;
      });
      const [response, bytes] = answer ?? [];
      const asked = response && pauseAskedFor(response);
      const isForNow = harmless ? isPassing : isTooMuch;
      const unheard = response === undefined || bytes === undefined;
      const again = tried < tries && (unheard || isForNow(response, bytes));
      if (response && bytes && (!again || (asked ?? 0) > longestPause))
        return answerOf(what, request, response, bytes);
      await pause(asked ?? 250 * 2 ** tried * (0.5 + Math.random()), signal);
    }
  };
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

async function sleepFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
}

function unanswered(what: string, method: string, late: boolean, cause: unknown): ServiceError {
  const never = neverSentBecause(faultCode(cause));
  const why = never ?? (late ? `no answer within ${timeout / 1_000} s` : `the connection failed`);
  const reason = isRead(method) || never !== undefined ? 'unavailable' : 'doubtful';
  return new ServiceError(reason, `${what} can't be reached: ${why}`, { cause });
}

function unreadable(what: string, cause: unknown): ServiceError {
  return new ServiceError('unreadable', `${what} answered in an unknown form`, { cause });
}

function answerOf(
  what: string,
  { method, take }: ServiceRequest,
  response: Response,
  bytes: Uint8Array,
): ServiceAnswer {
  const { status, headers } = response;
  if (!response.ok && !take?.includes(status)) {
    throw new ServiceError(
      reasonOf(method, response, bytes),
      `${what} answered ${status}${again(response, bytes)}${saidIn(bytes)}`,
    );
  }
  return {
    status,
    headers,
    bytes,
    read(schema) {
      try {
        return schema.parse(JSON.parse(new TextDecoder().decode(bytes)));
      } catch (cause) {
        throw unreadable(what, cause);
      }
    },
  };
}

function again(response: Response, bytes: Uint8Array): string {
  const asked = pauseAskedFor(response);
  return asked === undefined || !isPassing(response, bytes)
    ? ''
    : ` (it asks to wait ${Math.ceil(asked / 1_000)} s)`;
}

function reasonOf(method: string, response: Response, bytes: Uint8Array): ServiceError['reason'] {
  const { status } = response;
  if (isPassing(response, bytes)) {
    return isRead(method) || isTooMuch(response, bytes) ? 'unavailable' : 'doubtful';
  }
  if (status === 404) return 'missing';
  return status === 409 || status === 412 ? 'conflict' : 'refused';
}
