import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Google } from './double.ts';
import type { Front } from './front.ts';

/** Path and query of a request, also of one in absolute form, as a client behind a proxy sends it. */
function pathOf({ url = '/' }: IncomingMessage): string {
  if (url.startsWith('/')) return url;
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}

async function answer(google: Google, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', headers } = request;
  const body = await text(request);
  const told = await google.answer({ method, url: pathOf(request), headers, body });
  if (told === 'lost') {
    request.socket.destroy();
    return;
  }
  response.writeHead(told.status, { 'content-type': 'application/json; charset=UTF-8', ...told.headers });
  response.end(JSON.stringify(told.body));
}

/** Serves the double over HTTP, and the services that run in it below `/run/` and `/lb/`. */
export function serveGoogle(google: Google, front: Front): Server {
  const server = createServer((request, response) => {
    if (front.answers(request, response)) return;
    answer(google, request, response).catch((error: unknown) => {
      console.error(error);
      response.destroy();
    });
  });
  return server.on('upgrade', front.upgrade);
}
