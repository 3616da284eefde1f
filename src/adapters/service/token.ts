import type { ServiceCall } from './calls.ts';

/**
 * A token for an address; `refused`: one that is no longer taken there, so that it is not given again where another
 * can be had.
 */
export type TokenFor = (endpoint: URL, refused?: string) => Promise<string>;

/**
 * Calls a service as the bearer of a token. Where the token is no longer taken (401), the call is made once more under
 * a new one: what was refused so was surely not done.
 */
export function bearerCalls(call: ServiceCall, token: TokenFor): ServiceCall {
  return async (request, signal) => {
    const url = new URL(request.url);
    const under = (bearer: string) => ({
      ...request,
      headers: { ...request.headers, authorization: `Bearer ${bearer}` },
    });
    const first = await token(url);
    signal.throwIfAborted();
    const answer = await call({ ...under(first), take: [...(request.take ?? []), 401] }, signal);
    if (answer.status !== 401) return answer;
    const second = await token(url, first);
    signal.throwIfAborted();
    return call(under(second), signal);
  };
}
