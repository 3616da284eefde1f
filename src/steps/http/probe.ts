import { z } from 'zod';
import { celOver } from '../../core/step/condition.ts';
import { shownUrl } from '../../core/step/shown.ts';
import type { Finding } from '../waiting/poll.ts';
import { exchange, NoAnswer } from './exchange.ts';
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

/** Looks once. Never throws for what the server does; throws the signal's reason when it aborted. */
export async function probe(
  fetch: typeof globalThis.fetch,
  given: Probe,
  signal: AbortSignal,
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
    const wrong = mismatch(answer, { status, condition: given.expect });
    if (wrong !== undefined) return { met: false, saw: wrong, detail: excerpt(answer) };
    const saw = `${shownUrl(given.url)} → ${answer.status} in ${answer.milliseconds} ms`;
    return { met: true, saw, output: outputOf(answer) };
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return { met: false, saw: error.why };
  }
}
