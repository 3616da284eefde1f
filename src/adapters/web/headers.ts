import type { FastifyInstance } from 'fastify';

/** `scripts`: CSP sources of scripts besides our own files, such as the hash of the page's import map. */
export function contentSecurityPolicy(scripts: readonly string[]): string {
  return [
    "default-src 'none'",
    ["script-src 'self'", ...scripts].join(' '),
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}

/** Sets the security headers of every answer; no answer allows another origin. */
export function installHeaders(server: FastifyInstance, scripts: readonly string[]): void {
  const headers = {
    'content-security-policy': contentSecurityPolicy(scripts),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  };
  server.addHook('onRequest', async (_request, reply) => {
    reply.headers(headers);
  });
}
