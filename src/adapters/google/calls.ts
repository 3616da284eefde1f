import type { z } from 'zod';
import { serviceCalls } from '../service/calls.ts';
import { bearerCalls } from '../service/token.ts';
import type { GoogleDependencies } from './connection.ts';

export interface GoogleRequest<T> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** Below the API's address. */
  path: string;
  query?: Readonly<Record<string, string>>;
  body?: unknown;
  /** True for a change that carries a precondition or an id: repeating it does no harm. */
  guarded?: boolean;
  schema: z.ZodType<T>;
}

/** Calls one of Google's APIs. Rejects with `ServiceError`, or the signal's reason. */
export type GoogleCall = <T>(request: GoogleRequest<T>, signal: AbortSignal) => Promise<T>;

/**
 * Calls of an API by its address, as the worker's service account. `what` names it in messages.
 * Rules for repeating: https://cloud.google.com/iam/docs/retry-strategy and https://google.aip.dev/194
 */
export function googleCalls(what: string, base: string, dependencies: GoogleDependencies): GoogleCall {
  const call = bearerCalls(serviceCalls(what, dependencies), dependencies.token);
  return async ({ method, path, query, body, guarded = false, schema }, signal) => {
    signal.throwIfAborted();
    const url = new URL(`${base}${path}`);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const answer = await call(
      {
        method,
        url: url.href,
        repeatable: guarded,
        ...(body === undefined
          ? {}
          : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      },
      signal,
    );
    return answer.read(schema);
  };
}
