import { Agent, request } from 'node:http';
import WebSocket from 'ws';
import { z } from 'zod';

const rate = z.number().min(0).max(500);
export const loadSchema = z.strictObject({ readsPerSecond: rate, intentsPerSecond: rate });

/** Requests a second; the feeds are followed while reads are on. */
export type LoadRate = z.infer<typeof loadSchema>;

/** What the clients of the load saw since the start. */
export interface LoadCount {
  ok: number;
  failed: number;
  feedMessages: number;
}

/** A small steady load through the router. */
export interface Load {
  readonly rate: LoadRate;
  readonly count: LoadCount;
  set(rate: LoadRate): void;
}

const reads = ['/orders', '/positions', '/prices'];
const hosts = ['api.sandbox', 'app.sandbox'] as const;
/** Requests under way at once; more are left out, so that a slow platform isn't buried. */
const limit = 200;
const reconnectDelay = 1_000;

/** Starts the load against the router. */
export function startLoad(port: number, initial: LoadRate): Load {
  const count: LoadCount = { ok: 0, failed: 0, feedMessages: 0 };
  const client = clientOf(port, count);
  const feeds = hosts.map((host) => follow(port, host, count));
  let timers: NodeJS.Timeout[] = [];
  const load = {
    rate: initial,
    count,
    set(rate: LoadRate) {
      for (const timer of timers) clearInterval(timer);
      timers = [every(rate.readsPerSecond, client.read), every(rate.intentsPerSecond, client.intent)].flat();
      for (const feed of feeds) feed.set(rate.readsPerSecond > 0);
      load.rate = rate;
    },
  };
  load.set(initial);
  return load;
}

function every(perSecond: number, act: (turn: number) => void): NodeJS.Timeout[] {
  let turn = 0;
  return perSecond === 0 ? [] : [setInterval(() => act(turn++), 1_000 / perSecond)];
}

function clientOf(port: number, count: LoadCount) {
  const agent = new Agent({ keepAlive: true, maxSockets: limit });
  let underWay = 0;
  const ask = (method: string, path: string, host: string, body = '') => {
    if (underWay >= limit) return;
    underWay += 1;
    const call = request({ host: '127.0.0.1', port, agent, method, path, headers: { host } });
    call.on('response', (answer) => {
      if ((answer.statusCode ?? 500) < 400) count.ok += 1;
      else count.failed += 1;
      answer.resume();
    });
    call.on('error', () => {
      count.failed += 1;
    });
    call.on('close', () => {
      underWay -= 1;
    });
    call.end(body);
  };
  return {
    read: (turn: number) => ask('GET', reads[turn % reads.length] ?? '/orders', hosts[turn % 2] ?? hosts[0]),
    intent: (turn: number) =>
      ask('POST', '/intents', hosts[0], JSON.stringify({ id: `load-${Date.now()}-${turn}` })),
  };
}

/** Follows the feed of a host, and comes back when the connection ends. */
function follow(port: number, host: string, count: LoadCount) {
  let wanted = false;
  let socket: WebSocket | undefined;
  const open = () => {
    if (!wanted || socket !== undefined) return;
    socket = new WebSocket(`ws://127.0.0.1:${port}/feed`, { headers: { host }, perMessageDeflate: false });
    socket.on('message', () => {
      count.feedMessages += 1;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      socket = undefined;
      setTimeout(open, reconnectDelay);
    });
  };
  return {
    set(on: boolean) {
      wanted = on;
      if (on) open();
      else socket?.terminate();
    },
  };
}
