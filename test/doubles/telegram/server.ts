import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type Files, methods, type Upload } from './methods.ts';
import { fromForm, type MethodName, type Parameters, parameters } from './parameters.ts';
import { badRequest, Refusal } from './refusal.ts';
import type { Fault, Update, World } from './world.ts';

export interface ApiServer {
  /** For `TELEGRAM_API_ROOT`. */
  url: string;
  stop(): Promise<void>;
}

/** Serves the Bot API of a world: over HTTP, in JSON or as a form, with the token in the path. */
export async function serveApi(world: World): Promise<ApiServer> {
  const polling: Polling = {};
  const server = createServer((request, response) => {
    handle(world, polling, request, response).catch((error: unknown) =>
      response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The one long poll that waits. */
interface Polling {
  end?: (conflict: boolean) => void;
}

interface Request {
  method: string;
  args: Record<string, unknown>;
  files: Files;
  isGone(): boolean;
}

async function handle(
  world: World,
  polling: Polling,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, token, method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(incoming.url ?? '') ?? [];
  const read = await readBody(incoming);
  const request: Request = { method, ...read, isGone: () => response.destroyed };
  const fault = world.takeFault(method);
  if (fault && failing(fault, response)) return record(world, request, fault.kind);
  const answer = await run(world, polling, request, token, fault).catch((error: unknown) => {
    if (error instanceof Refusal) return error;
    throw error;
  });
  record(world, request, answer instanceof Refusal ? answer.message : 'ok');
  if (fault?.kind === 'lost-reply') response.destroy();
  else if (!response.destroyed) send(response, answer);
}

async function run(
  world: World,
  polling: Polling,
  { method, args, files, isGone }: Request,
  token: string | undefined,
  fault: Fault | undefined,
): Promise<unknown> {
  if (token === undefined) throw new Refusal(404, 'Not Found');
  if (token !== world.token) throw new Refusal(401, 'Unauthorized');
  if (fault?.kind === 'error') throw new Refusal(fault.code, fault.description);
  if (!Object.hasOwn(parameters, method)) throw new Refusal(404, 'Not Found: method not found');
  const name = method as MethodName;
  const given = parameters[name].safeParse(args);
  if (!given.success) throw badRequest(`parameters of ${method}: ${given.error.message}`);
  if (name === 'getUpdates')
    return getUpdates(world, polling, given.data as Parameters<'getUpdates'>, isGone);
  return (methods[name] as (world: World, args: unknown, files: Files) => unknown)(world, given.data, files);
}

/** Rule: Telegram's server, `process_get_updates_query`; the poll that waits is ended by the next one. */
async function getUpdates(
  world: World,
  polling: Polling,
  { offset = 0, limit = 100, timeout = 0, allowed_updates }: Parameters<'getUpdates'>,
  isGone: () => boolean,
): Promise<Update[]> {
  if (world.webhook) {
    throw new Refusal(
      409,
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    );
  }
  polling.end?.(true);
  world.updates = world.updates.filter(({ update_id }) => update_id >= offset);
  const batch = () =>
    world.updates.filter((update) => allowed_updates?.some((kind) => kind in update) ?? true).slice(0, limit);
  if (batch().length === 0 && timeout > 0)
    await waitForUpdate(world, polling, timeout, () => batch().length > 0);
  if (isGone()) return [];
  const found = batch();
  if (world.batches === 'reversed') return found.toReversed();
  return world.batches === 'doubled' ? [...found, ...found] : found;
}

async function waitForUpdate(
  world: World,
  polling: Polling,
  seconds: number,
  has: () => boolean,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, seconds * 1_000);
  const stop = world.onChange(() => has() && resolve());
  const end = (conflict: boolean) =>
    conflict
      ? reject(
          new Refusal(
            409,
            'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
          ),
        )
      : resolve();
  polling.end = end;
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    stop();
    if (polling.end === end) delete polling.end;
  }
}

/** Answers the faults that do nothing; false when the call is to be carried out all the same. */
function failing(fault: Fault, response: ServerResponse): boolean {
  switch (fault.kind) {
    case 'rate-limit':
      send(
        response,
        new Refusal(429, `Too Many Requests: retry after ${fault.seconds}`, { retry_after: fault.seconds }),
      );
      return true;
    case 'cut':
      response.destroy();
      return true;
    case 'http':
      response.writeHead(fault.status).end('upstream');
      return true;
    default:
      return false;
  }
}

function record(world: World, { method, args }: Request, answer: string): void {
  world.calls.push({ method, args, answer, at: Date.now() });
  world.changed();
}

function send(response: ServerResponse, answer: unknown): void {
  const [status, body] =
    answer instanceof Refusal
      ? [
          answer.code,
          {
            ok: false,
            error_code: answer.code,
            description: answer.message,
            ...(answer.parameters ? { parameters: answer.parameters } : {}),
          },
        ]
      : [200, { ok: true, result: answer }];
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<Pick<Request, 'args' | 'files'>> {
  const body = await buffer(request);
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) {
    const args = (body.length === 0 ? {} : JSON.parse(body.toString('utf8'))) as Record<string, unknown>;
    return { args, files: new Map() };
  }
  const form = await new Response(body, { headers: { 'content-type': type } }).formData();
  const fields: Record<string, string> = {};
  const files = new Map<string, Upload>();
  for (const [name, value] of form) {
    if (typeof value === 'string') fields[name] = value;
    else files.set(name, { name: value.name, bytes: new Uint8Array(await value.arrayBuffer()) });
  }
  // A file that is given as a parameter is one that is attached under its name.
  const attached = Object.fromEntries(
    [...files.keys()]
      .filter((name) => name === 'photo' || name === 'document')
      .map((name) => [name, `attach://${name}`]),
  );
  const { method: _, ...args } = fromForm({ ...fields, ...attached });
  return { args, files };
}
