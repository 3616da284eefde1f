import type { Caller } from '../../ports/service.ts';
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

/** `fetch` under another name. */
export function fetchAs(fetch: typeof globalThis.fetch, userAgent: string): typeof globalThis.fetch {
  return (input, init = {}) => {
    const headers = new Headers(init.headers ?? (input instanceof Request ? input.headers : undefined));
    headers.set('user-agent', userAgent);
    return fetch(input, { ...init, headers });
  };
}

/** The bot's name with the rollout, step and epoch that it calls for, for the logs of whom it calls. */
export function agentFor(bot: string, caller: Caller | undefined): string {
  if (caller === undefined) return bot;
  const { rollout, step, epoch } = caller;
  return `${bot} (${rollout}; step ${step}; epoch ${epoch})`;
}
