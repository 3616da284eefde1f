import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Asset, Page } from './assets.ts';

function serve(asset: Asset, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.headers({ etag: asset.etag, 'cache-control': 'no-cache' });
  if (request.headers['if-none-match'] === asset.etag) return reply.code(304).send();
  return reply.type(asset.type).send(asset.body);
}

/** Serves the page's own files; they hold nothing of the bot's, so they need no sign-in. */
export function consolePage(page: Page): FastifyPluginAsync {
  return async (server) => {
    for (const path of ['/', '/rollouts/:id', '/channels/:id']) {
      server.get(path, async (request, reply) => serve(page.html, request, reply));
    }
    for (const [path, asset] of page.assets) {
      server.get(path, async (request, reply) => serve(asset, request, reply));
    }
  };
}
