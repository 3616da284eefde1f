import { shownUrl, shownValue } from '../../core/step/shown.ts';
import type { Observation, StepContext, StepResult } from '../../ports/step.ts';
import type { Exchange, NoAnswer } from './exchange.ts';
import { excerpt, mismatch, outputOf } from './expectation.ts';
import { isIdempotent, isSafe, type RequestInput } from './mutation.ts';
import { observeEffect } from './read-back.ts';

type Context = StepContext<RequestInput>;
type Failed = Extract<StepResult, { status: 'failed' }>;

/** The server was asked by a later worker of this rollout already: nothing was done, and this one has to stop. */
export class StaleEpoch extends Error {
  override readonly name = 'StaleEpoch';
}

/** Statuses that say that the request was not taken up (RFC 9110, 15.6.4; RFC 6585, 4; RFC 8470, 5.2). */
const notTaken = new Set([425, 429, 503]);

/** What an answer means for the step. Throws `StaleEpoch`. */
export async function outcomeOf(
  context: Context,
  answer: Exchange,
  signal: AbortSignal,
): Promise<StepResult> {
  const { input } = context;
  const line = `${input.method} ${shownUrl(input.url)} → ${answer.status} in ${answer.milliseconds} ms`;
  const expected = { status: input.expect?.status, condition: input.expect?.body };
  const wrong = mismatch(answer, expected);
  if (wrong === undefined) {
    return { status: 'succeeded', summary: input.summary ?? line, output: outputOf(answer) };
  }
  if (isStale(answer)) throw new StaleEpoch(`${line}: a newer worker holds this rollout`);
  const failed = { status: 'failed', summary: `${input.method} ${shownUrl(input.url)}: ${wrong}` } as const;
  const output = outputOf(answer);
  if (isSafe(input.method)) return { ...failed, detail: excerpt(answer), output, retryable: true };
  if (answer.status === 412) return { ...changedMeanwhile(input), output };
  if (answer.status >= 500 && !notTaken.has(answer.status)) {
    return { ...failed, ...(await afterServerError(context, answer, signal)), output };
  }
  return { ...failed, detail: detailOf(answer), output, retryable: notTaken.has(answer.status) };
}

/**
 * No answer came. What never reached the server has failed; all else is thrown, so that the effect is
 * looked for before anything is repeated.
 */
export function withoutAnswer({ method }: RequestInput, lost: NoAnswer): StepResult {
  if (lost.sent && !isSafe(method)) throw lost;
  return { status: 'failed', summary: lost.message, retryable: true };
}

function changedMeanwhile(input: RequestInput): Failed {
  return {
    status: 'failed',
    summary: `${shownUrl(input.url)}: someone changed it since it was read`,
    detail: 'Nothing was changed (412, If-Match). Look at what stands there now, then retry.',
    retryable: true,
  };
}

async function afterServerError(context: Context, answer: Exchange, signal: AbortSignal) {
  const found = await observeEffect(context, signal);
  const retryable =
    found.effect === 'absent' || (found.effect === 'unknown' && isIdempotent(context.input.method));
  return { detail: `${detailOf(answer)} ${inWords(found)}`, retryable };
}

function inWords(found: Observation): string {
  if (found.effect === 'absent') return 'It was read back: the change is not there.';
  if (found.effect !== 'unknown') return 'It was read back: the change is there all the same.';
  return `Whether the change is there is not known: ${found.known.join('; ')}.`;
}

function detailOf(answer: Exchange): string {
  const { location } = answer.headers;
  if (answer.status < 300 || answer.status > 399 || location === undefined) return excerpt(answer);
  return `It points to ${shownUrl(location)}; a request that changes something is not redirected: give that address.`;
}

function isStale({ status, body }: Exchange): boolean {
  return status === 409 && /stale[ _-]epoch/i.test(shownValue(body));
}
