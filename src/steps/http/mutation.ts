import { z } from 'zod';
import { celOver } from '../../core/step/condition.ts';
import type { StepContext } from '../../ports/step.ts';
import { answerNames, headersSchema, statusSchema, urlSchema } from './expectation.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

export const requestSchema = z
  .strictObject({
    method: z.enum(methods),
    url: urlSchema,
    headers: headersSchema.optional(),
    json: z.json().optional().describe('The body as JSON'),
    body: z.string().optional().describe('The body as text; its type is a header'),
    expect: z
      .strictObject({
        status: z.array(statusSchema).min(1).optional().describe('Absent: 200 to 299'),
        body: celOver(...answerNames).optional(),
      })
      .optional(),
    read: z
      .strictObject({
        url: urlSchema.describe('Where the state can be read back with GET and the same headers'),
        pick: celOver(...answerNames)
          .optional()
          .meta({ title: 'The part of the answer that the request changes; absent: the body' }),
        present: celOver(...answerNames, 'request', 'before')
          .optional()
          .meta({ title: 'True when the effect is there; absent: what is picked equals what was sent' }),
      })
      .optional(),
    summary: z.string().max(200).optional().describe('What people read when it is done'),
  })
  .refine((given) => given.json === undefined || given.body === undefined, {
    message: 'give either `json` or `body`, and not both',
  })
  .refine((given) => !isSafe(given.method) || (given.json === undefined && given.body === undefined), {
    message: 'GET and HEAD have no body: take `json` and `body` away, or use another method',
  });
export type RequestInput = z.infer<typeof requestSchema>;

/** Methods that change nothing (RFC 9110, 9.2.1). */
export function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Methods that may be repeated without harm (RFC 9110, 9.2.2). */
export function isIdempotent(method: string): boolean {
  return isSafe(method) || method === 'PUT' || method === 'DELETE';
}

/**
 * Who asks: sent with every request of the step, reads too, so that a system that fences by epoch refuses
 * what is left of a stale worker from the moment the next one looks.
 */
export function identity({ rollout, step, epoch }: StepContext<RequestInput>): Record<string, string> {
  return {
    'cutover-rollout': rollout.id,
    'cutover-epoch': String(epoch),
    'cutover-step': step.id,
  };
}

/** The headers of a request that changes something. Its key is the attempt's: the same call sent twice is one. */
export function mutationHeaders(
  context: StepContext<RequestInput>,
  etag: string | undefined,
): Record<string, string> {
  const { rollout, step, input } = context;
  return {
    ...(input.json === undefined ? {} : { 'content-type': 'application/json' }),
    ...lowerCased(input.headers),
    ...identity(context),
    'idempotency-key': `${rollout.id}/${step.id}/${step.attempt}`,
    ...(etag === undefined ? {} : { 'if-match': etag }),
  };
}

/** Header names in lower case, so that two spellings of one never meet. */
export function lowerCased(headers: Record<string, string> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

/** The body as it is sent. */
export function bodyOf({ json, body }: RequestInput): string | undefined {
  return json === undefined ? body : JSON.stringify(json);
}
