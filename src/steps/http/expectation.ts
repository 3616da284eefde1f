import { z } from 'zod';
import type { Json } from '../../core/json.ts';
import { holds } from '../../core/step/condition.ts';
import { shown, shownValue } from '../../core/step/shown.ts';
import type { Exchange } from './exchange.ts';

export const urlSchema = z
  .url({ protocol: /^https?$/, error: 'an http or https address' })
  .refine((text) => !/^[a-z]+:\/\/[^/?#]*@/i.test(text), {
    message: 'without a user or password: give them as a header from a secret',
  });

/** Names and values as HTTP allows them; a value is often a secret, so none is ever shown. */
export const headersSchema = z.record(
  z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'the name of a header'),
  z.string().regex(/^[^\r\n\0]*$/, 'one line'),
);

/** Headers whose values are nobody's business: they are neither shown nor kept. Names in lower case. */
export const secretiveHeader =
  /^(authorization|proxy-authorization|cookie|set-cookie|.*-(key|token|secret))$/;

export const statusSchema = z.int().min(100).max(599);

export interface Expectation {
  /** The statuses that are right; absent: 200 to 299. */
  status?: readonly number[] | undefined;
  /** CEL over status, headers and body. */
  condition?: string | undefined;
}

/** What CEL sees of an answer. */
export const answerNames = ['status', 'headers', 'body'] as const;

/** An answer as CEL sees it. */
export function scopeOf({ status, headers, body }: Exchange): Record<string, Json> {
  return { status, headers, body };
}

/** Why an answer is not what was expected, in one line; undefined when it is. */
export function mismatch(answer: Exchange, expected: Expectation): string | undefined {
  const { status, condition } = expected;
  const right =
    status === undefined ? answer.status >= 200 && answer.status <= 299 : status.includes(answer.status);
  if (!right) {
    return `status ${answer.status}, expected ${status?.join(' or ') ?? '200 to 299'}`;
  }
  if (condition === undefined) return undefined;
  try {
    if (holds(condition, scopeOf(answer))) return undefined;
    return `status ${answer.status}, and this does not hold: ${shown(condition)}`;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `status ${answer.status}, and the condition could not be evaluated: ${shown(why)}`;
  }
}

/** The beginning of an answer's body, for a failed step's detail. */
export function excerpt(answer: Exchange): string {
  return answer.body === '' ? 'The answer had no body.' : `It answered: ${shownValue(answer.body, 500)}`;
}

/** What later steps can refer to; a long body is kept as its beginning. */
export function outputOf({ status, body }: Exchange): { status: number; body: Json } {
  const long = (typeof body === 'string' ? body : JSON.stringify(body)).length > 16_384;
  return { status, body: long ? shownValue(body, 2_000) : body };
}
