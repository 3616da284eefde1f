import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Colour } from '../colour.ts';
import { type Fallback, send } from '../service/http.ts';
import type { RouterMetrics } from './metrics.ts';

export type Host = 'api' | 'app';

/** Where the router sends a request. */
export interface Target {
  host: Host;
  colour: Colour;
  port: number;
}

/** The router's host of a request: the first label of its Host header; `api` for all that is neither. */
export function hostOf(request: IncomingMessage): Host {
  return request.headers.host?.split('.')[0]?.toLowerCase() === 'app' ? 'app' : 'api';
}

/** Passes requests on to the colour that their host goes to. */
export function proxy(target: (request: IncomingMessage) => Target, metrics: RouterMetrics): Fallback {
  return (request, response) => {
    const to = target(request);
    const start = performance.now();
    response.on('finish', () =>
      metrics.answered(to, response.statusCode, (performance.now() - start) / 1_000),
    );
    pass(request, response, to);
  };
}

/** Whom a request is passed on to: a name for people, and a port of this machine. */
export interface Backend {
  colour: string;
  port: number;
}

/** Passes a request on, and its answer back. */
export function pass(request: IncomingMessage, response: ServerResponse, { colour, port }: Backend): void {
  const { method, url: path, headers } = request;
  const onward = ask({
    host: '127.0.0.1',
    port,
    method: method ?? 'GET',
    path: path ?? '/',
    headers,
    agent: false,
  });
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, { ...answer.headers, 'x-served-by': colour });
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  onward.on('error', (error: NodeJS.ErrnoException) => unreachable(response, colour, error));
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}

function unreachable(response: ServerResponse, colour: string, error: NodeJS.ErrnoException): void {
  if (response.headersSent) response.destroy();
  else if (!response.destroyed) {
    send(response, { status: 502, body: { error: 'bad gateway', colour, reason: reasonOf(colour, error) } });
  }
}

/** Why a colour gave no answer, in words. */
export function reasonOf(colour: string, error: NodeJS.ErrnoException): string {
  return `${colour} does not answer (${error.code ?? error.message})`;
}
