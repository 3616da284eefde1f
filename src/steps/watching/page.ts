import { shownUrl } from '../../core/step/shown.ts';
import { ask, NoAnswer } from '../http/exchange.ts';

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

/**
 * Reads a page whole. Throws `PageError` when it can't be reached within `timeout` milliseconds or is longer
 * than `most` bytes, and the signal's reason when that aborts. Any status is an answer.
 */
export async function readPage(
  fetch: typeof globalThis.fetch,
  url: string,
  { most, timeout, accept }: { most: number; timeout: number; accept?: string },
  signal: AbortSignal,
): Promise<Page> {
  const headers = accept === undefined ? {} : { headers: { accept } };
  const request = { method: 'GET', url, redirect: 'follow', timeout, ...headers } as const;
  const answer = await ask(fetch, request, most, signal).catch((cause: unknown) => {
    if (cause instanceof NoAnswer) throw new PageError(`${shownUrl(url)}: ${cause.why}`, { cause });
    throw cause;
  });
  if (!answer.whole) throw new PageError(`${shownUrl(url)} is over ${most} bytes`);
  const contentType = answer.headers['content-type'] ?? 'application/octet-stream';
  return { status: answer.status, body: answer.bytes, contentType };
}
