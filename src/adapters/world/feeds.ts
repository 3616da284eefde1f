import { on } from 'node:events';
import { WebSocket } from 'ws';
import type { MessageFeed } from '../../ports/world.ts';

const maxPayload = 1024 * 1024;

/** Listens to WebSocket servers. The connection is closed when the reader stops, whatever the reason. */
export function messageFeed(userAgent: string): MessageFeed {
  return {
    async *messages(url, signal, options = {}) {
      signal.throwIfAborted();
      const headers = { 'user-agent': userAgent, ...options.headers };
      const socket = new WebSocket(url, {
        maxPayload,
        headers,
        handshakeTimeout: 10_000,
        followRedirects: false,
      });
      const received = on(socket, 'message', { signal, close: ['close'] });
      try {
        for await (const [data] of received) yield String(data);
      } catch (cause) {
        signal.throwIfAborted();
        throw new Error(`WebSocket: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
      } finally {
        socket.on('error', ignore);
        socket.terminate();
      }
    },
  };
}

/** Ending a connection that is still being opened makes an error that tells nothing new. */
function ignore(): void {}
