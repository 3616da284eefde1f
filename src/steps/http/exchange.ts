import type { Json } from '../../core/json.ts';
import { shownUrl } from '../../core/step/shown.ts';

/** What is asked of a server. */
export interface Request {
  method: string;
  url: string;
  headers?: Record<string, string> | undefined;
  body?: string | undefined;
  /** `manual` gives a redirection as it is; a request that changes something is never redirected. */
  redirect?: 'follow' | 'manual';
  /** Milliseconds for one exchange; absent: the step's own limit. */
  timeout?: number;
}

/** What a server answered. `body` is parsed when it is JSON. Only the first MiB is read. */
export interface Exchange {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Json;
  milliseconds: number;
}

/** No answer came. `sent` is false when the request certainly never reached the server. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly sent: boolean;
  /** The reason alone, without what was asked. */
  readonly why: string;
  constructor(asked: string, why: string, sent: boolean, cause: unknown) {
    super(`${asked}: ${why}`, { cause });
    this.why = why;
    this.sent = sent;
  }
}

const neverSent = new Map([
  ['ECONNREFUSED', 'the connection was refused'],
  ['ENOTFOUND', 'the name is unknown'],
  ['EAI_AGAIN', 'the name could not be resolved'],
  ['EHOSTUNREACH', 'the host is unreachable'],
  ['ENETUNREACH', 'the network is unreachable'],
  ['UND_ERR_CONNECT_TIMEOUT', 'the connection timed out'],
  ['bad port', 'this port is never asked by HTTP (it belongs to another protocol)'],
]);

const limit = 1024 * 1024;

/**
 * One request and its answer. Throws `NoAnswer` when none came, and the signal's reason when it aborted.
 * Nothing is retried here.
 */
export async function exchange(
  fetch: typeof globalThis.fetch,
  request: Request,
  signal: AbortSignal,
): Promise<Exchange> {
  signal.throwIfAborted();
  const started = performance.now();
  const limited =
    request.timeout === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(request.timeout)]);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      redirect: request.redirect ?? 'manual',
      signal: limited,
      ...(request.headers === undefined ? {} : { headers: request.headers }),
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    const headers = Object.fromEntries(response.headers);
    const body = parsed(await boundedText(response), headers['content-type']);
    return { status: response.status, headers, body, milliseconds: Math.round(performance.now() - started) };
  } catch (error) {
    signal.throwIfAborted();
    throw noAnswer(request, error, limited.aborted);
  }
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    text += decoder.decode(chunk, { stream: true });
    if (bytes >= limit) break;
  }
  return text;
}

function parsed(text: string, type: string | undefined): Json {
  if (!/\bjson\b/i.test(type ?? '') && !/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function noAnswer({ method, url, timeout }: Request, error: unknown, timedOut: boolean): NoAnswer {
  const code = codeOf(error);
  const known = neverSent.get(code);
  const why = known ?? (timedOut ? `no answer within ${timeout} ms` : `the connection failed (${code})`);
  return new NoAnswer(`${method} ${shownUrl(url)}`, why, known === undefined, error);
}

/** The system's code of a failed `fetch`: its cause, or the first of several tried addresses. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error.cause === undefined ? error.message : codeOf(error.cause);
}
