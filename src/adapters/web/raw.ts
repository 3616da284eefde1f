import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyPluginAsync } from 'fastify';

/** A POST route whose listener reads the request by itself, as one that checks a signature over the body must. */
export function rawRoute(
  path: string,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): FastifyPluginAsync {
  return async (server) => {
    server.removeAllContentTypeParsers();
    server.addContentTypeParser('*', (_request, _payload, done) => done(null));
    server.post(path, (request, reply) => {
      reply.hijack();
      listener(request.raw, reply.raw);
    });
  };
}
