import type { FastifyRequest } from 'fastify';

const loopbackName = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/** Whether the request was addressed to this machine by a name no other site can take (DNS rebinding). */
export function addressedToLoopback(request: FastifyRequest): boolean {
  return loopbackName.test(request.headers.host ?? '');
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/**
 * Whether a page of ours sent this, or no browser at all. Browsers always send `Origin` with a POST
 * (Fetch standard, 3.2) and no page can forge it.
 */
export function sameOrigin(request: FastifyRequest, publicUrl: string | undefined): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  const from = hostOf(origin);
  if (from === undefined) return false;
  return from === host || (publicUrl !== undefined && from === hostOf(publicUrl));
}
