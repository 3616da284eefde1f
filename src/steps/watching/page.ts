import { shownUrl } from '../../core/step/shown.ts';

/** What a server answered, its body cut at nothing: a longer one is refused. */
export interface Page {
  status: number;
  body: Uint8Array;
  contentType: string;
}

/** A page that could not be read; the message says which and why, in a few words. */
export class PageError extends Error {
  override readonly name = 'PageError';
}

async function readBody(response: Response, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > most) throw new RangeError(`is over ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  if (error.name === 'TimeoutError') return 'gave no answer in time';
  const cause = error.cause instanceof Error && 'code' in error.cause ? ` (${error.cause.code})` : '';
  return error instanceof RangeError ? error.message : `could not be reached${cause}`;
}

/**
 * Reads a page whole. Throws `PageError` when it can't be reached within `timeout` milliseconds or is longer
 * than `most` bytes, and the signal's reason when that aborts. Any status is an answer.
 */
export async function readPage(
  fetch: typeof globalThis.fetch,
  url: string,
  limits: { most: number; timeout: number; accept?: string },
  signal: AbortSignal,
): Promise<Page> {
  signal.throwIfAborted();
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(limits.timeout)]),
      ...(limits.accept === undefined ? {} : { headers: { accept: limits.accept } }),
    });
    const body = await readBody(response, limits.most);
    const contentType = response.headers.get('content-type') ?? 'application/octet-stream';
    return { status: response.status, body, contentType };
  } catch (cause) {
    signal.throwIfAborted();
    throw new PageError(`${shownUrl(url)} ${reasonOf(cause)}`, { cause });
  }
}
