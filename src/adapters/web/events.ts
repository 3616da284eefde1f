import type { ServerResponse } from 'node:http';
import type { FastifyPluginAsync, FastifyReply } from 'fastify';

/**
 * Something to follow. Its name is the event's type; the unnamed source's events are plain messages, which is why
 * no other may be called `message` (HTML standard, 9.2.6).
 */
export interface EventSource {
  name?: string;
  /** Called with JSON values; returns the way to stop. */
  subscribe(send: (data: object) => void): () => void;
}

export interface EventsDeps {
  sources: readonly EventSource[];
  /** Milliseconds between two `beat` events, which keep the connection alive and prove it; absent: 15 seconds. */
  heartbeat?: number;
}

const unreadLimit = 1024 * 1024;

/**
 * `/api/events`: server-sent events. What was missed while away is not replayed: a client reads again when
 * it (re)connects, so `Last-Event-ID` is accepted and ignored. A reader that leaves a mebibyte unread is cut off.
 */
export function events({ sources, heartbeat = 15_000 }: EventsDeps): FastifyPluginAsync {
  if (sources.some(({ name }) => name === 'message')) {
    throw new TypeError(
      'an event source may not be called “message”: unnamed events are; the console’s is made by messageEvents()',
    );
  }
  const open = new Set<ServerResponse>();
  return async (server) => {
    server.get('/api/events', (_request, reply) => {
      reply.hijack();
      const response = reply.raw;
      open.add(response);
      const stop = stream(response, reply.getHeaders(), sources, heartbeat);
      response.on('close', () => {
        open.delete(response);
        stop();
      });
    });
    server.addHook('preClose', async () => {
      for (const response of open) response.end();
    });
  };
}

function stream(
  response: ServerResponse,
  headers: ReturnType<FastifyReply['getHeaders']>,
  sources: readonly EventSource[],
  heartbeat: number,
): () => void {
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) response.setHeader(name, value);
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  const write = (text: string) => {
    if (response.writableLength > unreadLimit) response.destroy();
    else response.write(text);
  };
  write('retry: 1000\n: open\n\n');
  const stops = sources.map(({ name, subscribe }) =>
    subscribe((data) =>
      write(`${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`),
    ),
  );
  const timer = setInterval(write, heartbeat, 'event: beat\ndata: {}\n\n');
  return () => {
    clearInterval(timer);
    for (const stop of stops) stop();
  };
}
