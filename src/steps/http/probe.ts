import { z } from 'zod';
import { celOver } from '../../core/step/condition.ts';
import { listed, shownUrl } from '../../core/step/shown.ts';
import type { Finding } from '../waiting/poll.ts';
import { type Exchange, exchange, NoAnswer } from './exchange.ts';
import {
  answerNames,
  excerpt,
  headersSchema,
  mismatch,
  outputOf,
  statusSchema,
  urlSchema,
} from './expectation.ts';

/** One look may take this long. */
const lookTimeout = 10_000;

/** A GET whose answer proves something. */
export const probeFields = {
  url: urlSchema,
  status: z
    .union([statusSchema, z.array(statusSchema).min(1)])
    .optional()
    .describe('What is right; absent: 200 to 299. A redirection is followed unless one is expected here'),
  expect: celOver(...answerNames).optional(),
  headers: headersSchema.optional(),
};

export const probeSchema = z.strictObject(probeFields);
export type Probe = z.infer<typeof probeSchema>;

/**
 * Looks once. The headers named in `kept` have to be there, and are in the output. Never throws for what the server
 * does; throws the signal's reason when it aborted.
 */
export async function probe(
  fetch: typeof globalThis.fetch,
  given: Probe,
  signal: AbortSignal,
  kept: readonly string[] = [],
): Promise<Finding> {
  const status = given.status === undefined ? undefined : [given.status].flat();
  const redirect = status?.some((code) => code >= 300 && code <= 399) ? 'manual' : 'follow';
  const request = {
    method: 'GET',
    url: given.url,
    headers: given.headers,
    redirect,
    timeout: lookTimeout,
  } as const;
  try {
    const answer = await exchange(fetch, request, signal);
    const wrong = mismatch(answer, { status, condition: given.expect }) ?? withoutHeaders(answer, kept);
    if (wrong !== undefined) return { met: false, saw: wrong, detail: excerpt(answer) };
    const saw = `${shownUrl(given.url)} → ${answer.status} in ${answer.milliseconds} ms`;
    return { met: true, saw, output: { ...outputOf(answer), ...headersIn(answer, kept) } };
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return { met: false, saw: error.why };
  }
}

function withoutHeaders({ status, headers }: Exchange, kept: readonly string[]): string | undefined {
  const missing = kept.filter((name) => headers[name] === undefined);
  return missing.length === 0 ? undefined : `status ${status}, without ${listed(missing)}`;
}

function headersIn({ headers }: Exchange, kept: readonly string[]) {
  if (kept.length === 0) return {};
  return { headers: Object.fromEntries(kept.map((name) => [name, headers[name] ?? ''])) };
}
