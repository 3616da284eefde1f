import { fetchNamedHost } from './named-host.ts';

/** `fetch` that says who asks, so that other people's logs can tell the bot's requests apart, and that knows `host`. */
export function createFetch(userAgent: string): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const headers = new Headers(init.headers ?? (input instanceof Request ? input.headers : undefined));
    if (!headers.has('user-agent')) headers.set('user-agent', userAgent);
    if (headers.has('host')) {
      if (input instanceof Request) throw new TypeError('a request with a host is given by its URL');
      return fetchNamedHost(new URL(input), init, headers);
    }
    return globalThis.fetch(input, { ...init, headers });
  };
}
