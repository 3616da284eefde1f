import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { Workspace } from './workspace.ts';

/** Slack allows three seconds (milliseconds). */
export const ackTime = 3_000;
const mostConnections = 10;

const ackSchema = z.object({ envelope_id: z.string(), payload: z.looseObject({}).optional() });

export type DeliveryType = 'slash_commands' | 'interactive' | 'events_api';

/** What came with an acknowledgement. */
export interface Acknowledged {
  payload?: unknown;
}

/** Socket Mode: tickets, hello, envelopes with acknowledgements, and the order to reconnect. */
export interface Sockets {
  /** A URL for one connection. */
  ticket(origin: string): string;
  /** Sends an envelope to one connection; undefined when it was not acknowledged in time, or nobody listens. */
  deliver(type: DeliveryType, payload: unknown, retry?: number): Promise<Acknowledged | undefined>;
  /** Tells every connection that it is recycled. */
  refresh(): void;
  /** Cuts every connection, without a word. */
  drop(): void;
  connections(): number;
  /** How many connections said hello so far. */
  greeted(): number;
  stop(): void;
}

export function serveSockets(server: Server, workspace: Workspace): Sockets {
  const sockets = new WebSocketServer({ noServer: true });
  const tickets = new Set<string>();
  const open = new Set<WebSocket>();
  const waiting = new Map<string, (acknowledged: Acknowledged | undefined) => void>();
  let greeted = 0;

  server.on('upgrade', (request, socket, head) => {
    const ticket = new URL(request.url ?? '', 'http://slack').searchParams.get('ticket') ?? '';
    if (!tickets.delete(ticket) || open.size >= mostConnections) return void socket.destroy();
    sockets.handleUpgrade(request, socket, head, greet);
  });

  function greet(socket: WebSocket): void {
    open.add(socket);
    socket.on('close', () => {
      open.delete(socket);
      workspace.changed();
    });
    socket.on('message', (data) => acknowledged(String(data)));
    greeted += 1;
    socket.send(
      JSON.stringify({ type: 'hello', num_connections: open.size, connection_info: { app_id: 'A1' } }),
    );
    workspace.changed();
  }

  function acknowledged(data: string): void {
    const { envelope_id, payload } = ackSchema.parse(JSON.parse(data));
    const settle = waiting.get(envelope_id);
    if (settle === undefined) return;
    waiting.delete(envelope_id);
    settle(payload === undefined ? {} : { payload });
  }

  return {
    ticket(origin) {
      const ticket = workspace.nextId('ticket');
      tickets.add(ticket);
      return `${origin.replace('http', 'ws')}/link?ticket=${ticket}`;
    },
    async deliver(type, payload, retry) {
      const [socket] = open;
      if (socket === undefined) return undefined;
      const envelope_id = workspace.nextId('envelope');
      const settled = new Promise<Acknowledged | undefined>((resolve) => waiting.set(envelope_id, resolve));
      const timer = setTimeout(() => waiting.get(envelope_id)?.(undefined), ackTime);
      const again = retry === undefined ? {} : { retry_attempt: retry, retry_reason: 'timeout' };
      const accepts_response_payload = type !== 'events_api';
      socket.send(JSON.stringify({ type, envelope_id, payload, accepts_response_payload, ...again }));
      return settled.finally(() => clearTimeout(timer));
    },
    refresh() {
      for (const socket of open)
        socket.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }));
    },
    drop() {
      for (const socket of open) socket.terminate();
    },
    connections: () => open.size,
    greeted: () => greeted,
    stop() {
      for (const socket of open) socket.terminate();
      sockets.close();
    },
  };
}
