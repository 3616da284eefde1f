/** `fetch` that says who asks, so that other people's logs can tell the bot's requests apart. */
export function createFetch(userAgent: string): typeof globalThis.fetch {
  return (input, init) => {
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    if (!headers.has('user-agent')) headers.set('user-agent', userAgent);
    return globalThis.fetch(input, { ...init, headers });
  };
}
