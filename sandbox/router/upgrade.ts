import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Backend, reasonOf, type Target } from './proxy.ts';

/** Passes WebSocket connections on, and ends those whose host has moved. */
export interface Upgrades {
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends the connections whose host goes elsewhere now, so that clients come back to where it goes. */
  endMoved(): void;
}

export function upgrades(target: (request: IncomingMessage) => Target): Upgrades {
  const open = new Map<Duplex, { request: IncomingMessage; colour: Target['colour'] }>();
  return {
    accept(request, socket, head) {
      const to = target(request);
      open.set(socket, { request, colour: to.colour });
      socket.on('close', () => open.delete(socket));
      tunnel(request, socket, head, to);
    },
    endMoved() {
      for (const [socket, { request, colour }] of open) {
        if (target(request).colour !== colour) socket.destroy();
      }
    },
  };
}

/** Connects a client's WebSocket with a backend's. */
export function tunnel(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  { colour, port }: Backend,
): void {
  const onward = connect(port, '127.0.0.1', () => {
    onward.write(requestHead(request));
    onward.write(head);
    onward.pipe(socket).pipe(onward);
  });
  onward.on('error', (error) => {
    if (onward.bytesWritten === 0) socket.end(badGateway(reasonOf(colour, error)));
    else socket.destroy();
  });
  onward.on('close', () => socket.end());
  socket.on('error', () => onward.destroy());
  socket.on('close', () => onward.destroy());
}

function requestHead({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function badGateway(reason: string): string {
  const body = JSON.stringify({ error: 'bad gateway', reason });
  const head = ['HTTP/1.1 502 Bad Gateway', 'content-type: application/json', 'connection: close'];
  return `${head.join('\r\n')}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
