import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';
import type { Platform } from './platform.ts';

/** Milliseconds between two messages of the feed. */
const beat = 200;

/** Serves the WebSocket `/feed`: `{ seq, at, colour }` about five times a second, each logged as part of a transcript. */
export function serveFeed(server: Server, { colour, log }: Platform): void {
  const feed = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on('upgrade', (request, socket, head) => {
    const path = new URL(request.url ?? '/', 'http://sandbox').pathname;
    if (path === '/feed')
      return feed.handleUpgrade(request, socket, head, (client) => feed.emit('connection', client));
    socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
  let seq = 0;
  setInterval(() => {
    seq += 1;
    const message = JSON.stringify({ seq, at: new Date().toISOString(), colour });
    log('INFO', `council message ${seq}`, { event: 'mcp.transcript', seq });
    for (const client of feed.clients) client.send(message, () => undefined);
  }, beat);
}
