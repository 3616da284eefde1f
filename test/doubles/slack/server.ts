import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { Answer } from './answers.ts';
import { takeBytes } from './files.ts';
import { contentOf, methods } from './methods.ts';
import type { Fault, Workspace } from './workspace.ts';

/** Where private answers to a command or press may be posted, five times at most. */
export interface ResponseUrl {
  channel: string;
  user: string;
  uses: number;
}

export interface ApiServer {
  server: Server;
  origin: string;
  responseUrls: Map<string, ResponseUrl>;
  stop(): Promise<void>;
}

/** Serves the Web API and the `response_url`s of a workspace. `connect` answers `apps.connections.open`. */
export async function serveApi(workspace: Workspace, connect: () => string): Promise<ApiServer> {
  const responseUrls = new Map<string, ResponseUrl>();
  const server = createServer((request, response) => {
    handle(workspace, responseUrls, connect, request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  workspace.origin = `http://127.0.0.1:${port}`;
  return {
    server,
    origin: `http://127.0.0.1:${port}`,
    responseUrls,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(
  workspace: Workspace,
  urls: Map<string, ResponseUrl>,
  connect: () => string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const bytes = await bytesOf(request);
  const path = request.url ?? '';
  if (path.startsWith('/upload/')) return upload(workspace, path, bytes, response);
  const body = bytes.toString('utf8');
  if (path.startsWith('/response/')) return respondUrl(workspace, urls.get(path), body, response);
  const method = path.replace(/^\/api\//, '');
  const args = Object.fromEntries(new URLSearchParams(body));
  const token = (request.headers.authorization ?? '').replace(/^Bearer ?/, '') || args.token;
  delete args.token;
  const fault = workspace.takeFault(method);
  if (fault !== undefined && !failing(workspace, method, args, fault, response)) return;
  const answer =
    fault?.kind === 'error' ? { ok: false as const, error: fault.code } : run(method, args, token);
  record(workspace, method, args, answer);
  if (fault?.kind === 'lost-reply') return void response.destroy();
  if (fault?.kind === 'hang') return;
  send(response, answer);

  function run(name: string, given: Record<string, string>, by: string | undefined): Answer {
    if (by === undefined || by === '') return { ok: false, error: 'not_authed' };
    if (name === 'apps.connections.open') {
      return by === workspace.appToken ? { ok: true, url: connect() } : { ok: false, error: 'invalid_auth' };
    }
    if (by !== workspace.botToken) return { ok: false, error: 'invalid_auth' };
    const known = methods[name];
    if (known === undefined) return { ok: false, error: 'unknown_method' };
    const foreign = Object.keys(given).filter((key) => !known.allowed.includes(key));
    if (foreign.length > 0) return { ok: false, error: 'invalid_arguments', messages: foreign };
    return known.run(workspace, given);
  }
}

/** Answers the faults that do nothing; true when the call is to be carried out all the same. */
function failing(
  workspace: Workspace,
  method: string,
  args: Record<string, string>,
  fault: Fault,
  response: ServerResponse,
): boolean {
  switch (fault.kind) {
    case 'rate-limit':
      workspace.calls.push({ method, args, answer: '429' });
      response.writeHead(429, { 'retry-after': String(fault.seconds) }).end();
      return false;
    case 'cut':
      workspace.calls.push({ method, args, answer: 'cut' });
      response.destroy();
      return false;
    case 'http':
      workspace.calls.push({ method, args, answer: String(fault.status) });
      response.writeHead(fault.status).end('upstream');
      return false;
    default:
      return true;
  }
}

function record(workspace: Workspace, method: string, args: Record<string, string>, answer: Answer): void {
  workspace.calls.push({ method, args, answer: answer.ok ? 'ok' : answer.error });
  workspace.changed();
}

function send(response: ServerResponse, answer: Answer): void {
  const { messages, ...rest } = answer as Answer & { messages?: string[] };
  const isRefusal = !answer.ok && messages !== undefined;
  const body = isRefusal ? { ...rest, response_metadata: { messages } } : answer;
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const responseSchema = z.strictObject({
  text: z.string().optional(),
  blocks: z.array(z.record(z.string(), z.unknown())).optional(),
  response_type: z.literal('ephemeral').optional(),
  replace_original: z.boolean().optional(),
});

function respondUrl(
  workspace: Workspace,
  url: ResponseUrl | undefined,
  body: string,
  response: ServerResponse,
): void {
  const fault = workspace.takeFault('response_url');
  if (fault?.kind === 'http') return void response.writeHead(fault.status).end();
  if (url === undefined) return void response.writeHead(404).end('used_url');
  if (url.uses >= 5) return void response.writeHead(404).end('used_url');
  const read = responseSchema.safeParse(JSON.parse(body));
  if (!read.success) return void response.writeHead(400).end('invalid_payload');
  const { text, blocks } = read.data;
  const content = contentOf(workspace, {
    ...(text === undefined ? {} : { text }),
    ...(blocks === undefined ? {} : { blocks: JSON.stringify(blocks) }),
  });
  if ('refusal' in content) return void response.writeHead(400).end(JSON.stringify(content.refusal));
  url.uses += 1;
  const { channel, user } = url;
  workspace.messages.push({ channel, ts: workspace.nextTs(), ...content, edits: 0, onlyFor: user });
  workspace.changed();
  response.writeHead(200).end('ok');
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Takes a file's bytes, as they are. */
function upload(workspace: Workspace, path: string, bytes: Buffer, response: ServerResponse): void {
  const fault = workspace.takeFault('upload');
  const args = { bytes: String(bytes.byteLength) };
  if (fault !== undefined && !failing(workspace, 'upload', args, fault, response)) return;
  const status = takeBytes(workspace, path, bytes);
  workspace.calls.push({ method: 'upload', args, answer: String(status) });
  if (fault?.kind === 'lost-reply') return void response.destroy();
  if (fault?.kind === 'hang') return;
  response.writeHead(status).end(status === 200 ? `OK - ${bytes.byteLength}` : 'upload failed');
}
