import { faultCode, neverSentBecause } from '../../core/http-fault.ts';
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

interface Answer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  milliseconds: number;
}

/** What a server answered. `body` is parsed when it is JSON. Only the first MiB is read. */
export interface Exchange extends Answer {
  body: Json;
}

/** What a server answered, as it came. `whole` is false when the body is longer than what was read of it. */
interface RawAnswer extends Answer {
  bytes: Uint8Array;
  whole: boolean;
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
  const { bytes, whole, ...answer } = await ask(fetch, request, limit, signal);
  const text = new TextDecoder().decode(bytes, { stream: !whole });
  return { ...answer, body: parsed(text, answer.headers['content-type']) };
}

/** As `exchange`, with the body as it came, read up to a little over `most` bytes. */
export async function ask(
  fetch: typeof globalThis.fetch,
  request: Request,
  most: number,
  signal: AbortSignal,
): Promise<RawAnswer> {
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
    const body = await readBody(response, most);
    const milliseconds = Math.round(performance.now() - started);
    return { status: response.status, headers: Object.fromEntries(response.headers), ...body, milliseconds };
  } catch (error) {
    signal.throwIfAborted();
    throw noAnswer(request, error, limited.aborted);
  }
}

async function readBody(response: Response, most: number): Promise<Pick<RawAnswer, 'bytes' | 'whole'>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > most) break;
  }
  return { bytes: Buffer.concat(chunks), whole: length <= most };
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
  const code = faultCode(error);
  const known = neverSentBecause(code);
  const why = known ?? (timedOut ? `no answer within ${timeout} ms` : `the connection failed (${code})`);
  return new NoAnswer(`${method} ${shownUrl(url)}`, why, known === undefined, error);
}
