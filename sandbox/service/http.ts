import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Json } from '../../src/core/json.ts';

/** Bytes of a request's body that are read at most. */
const bodyLimit = 64 * 1024;

/** The headers that a hardened platform sends with every answer. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
};

/** A request, read whole. `body` is undefined when there was none or it was not JSON. */
export interface Call {
  method: string;
  path: string;
  params: Record<string, string>;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Json | undefined;
}

/** An answer; a string is sent as it is, anything else as JSON. */
export interface Answer {
  status: number;
  body: Json;
  headers?: Record<string, string>;
  /** True when the call changed the service's state. */
  changed?: boolean;
  /** Done when the answer has left. */
  after?(): void;
}

export type Handler = (call: Call) => Answer | Promise<Answer>;

/** A path may have `:name` segments. */
export interface Route {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  path: string;
  handle: Handler;
}

export type Fallback = (request: IncomingMessage, response: ServerResponse) => void;

export interface ServeOptions {
  /** Sees each call before it is handled. */
  notice?(call: Call): void;
  /** Answers what matches no route; absent: 404. */
  fallback?: Fallback;
}

/** Makes an HTTP server of routes. */
export function serve(routes: readonly Route[], { notice, fallback = notFound }: ServeOptions = {}): Server {
  return createServer((request, response) => {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://sandbox');
    const found = find(routes, request.method === 'HEAD' ? 'GET' : request.method, path);
    if (found === undefined) return fallback(request, response);
    void answerWith(found.route, { path, params: found.params, query }, request, response, notice);
  });
}

/** Listens on the loopback address; the promise rejects when the port can't be had. */
export async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

/** Sends an answer with the hardened headers. */
export function send(response: ServerResponse, answer: Answer): void {
  const text = typeof answer.body === 'string';
  if (answer.after !== undefined) response.on('finish', answer.after);
  response.writeHead(answer.status, {
    'content-type': text ? 'text/plain; version=0.0.4; charset=utf-8' : 'application/json',
    'cache-control': 'no-store',
    ...securityHeaders,
    ...answer.headers,
  });
  response.end(text ? answer.body : JSON.stringify(answer.body));
}

function notFound(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  send(response, { status: 404, body: { error: 'not found', path: request.url ?? '/' } });
}

function find(routes: readonly Route[], method: string | undefined, path: string) {
  for (const route of routes) {
    const params = route.method === method ? match(route.path, path) : undefined;
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = value;
    else if (part !== value) return undefined;
  }
  return params;
}

async function answerWith(
  route: Route,
  where: Pick<Call, 'path' | 'params' | 'query'>,
  request: IncomingMessage,
  response: ServerResponse,
  notice: ServeOptions['notice'],
): Promise<void> {
  try {
    const body = await readJson(request);
    const call = { ...where, method: route.method, headers: request.headers, body };
    notice?.(call);
    send(response, await route.handle(call));
  } catch (error) {
    console.error(error);
    if (!response.headersSent) send(response, { status: 500, body: { error: 'the sandbox service failed' } });
  }
}

async function readJson(request: IncomingMessage): Promise<Json | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= bodyLimit) chunks.push(chunk);
  }
  if (size === 0 || size > bodyLimit) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}
