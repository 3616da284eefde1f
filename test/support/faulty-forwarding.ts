import { once } from 'node:events';
import { type IncomingMessage, request as plainRequest, type ServerResponse } from 'node:http';
import { request as tlsRequest } from 'node:https';

/** A request as it came in. */
export interface Asked {
  method: string;
  path: string;
  /** Who asks: the `User-Agent`. */
  agent: string;
  /** JSON, or what Kubernetes has for protocol buffers. */
  body: Buffer;
}

/** What becomes of one request. */
export interface Treatment {
  /** The real server takes it up all the same. */
  applied?: boolean;
  /** What the caller is told: a status, a cut connection, or nothing at all. */
  told: { status: number; body?: unknown; headers?: Record<string, string> } | 'cut' | 'silence';
  /** Done before the caller is told. */
  meanwhile?(): Promise<void>;
}

/** How some requests are treated; those that nobody named go through. */
export interface Fault extends Treatment {
  /** Which requests: by method and address. */
  of(method: string, path: string): boolean;
  /** So many of them. */
  times: number;
}

/** Something that stands between a client and a real server, and misbehaves on demand. */
export interface Misbehaving {
  /** From now on; what was asked for before is over. */
  misbehave(...faults: Fault[]): void;
  /** The same, decided for each request as it comes in; undefined: it goes through. */
  judge(treat: (asked: Asked) => Treatment | undefined): void;
  /** Writes that the real server took up since then. */
  taken(): Asked[];
}

export interface FaultyForwarding extends Misbehaving {
  handle(incoming: IncomingMessage, response: ServerResponse): void;
}

/** Forwards what comes in to a real server; `said` is the body of a made-up answer, as that server writes them. */
export function faultyForwarding(upstream: URL, said: (status: number) => unknown): FaultyForwarding {
  const request = upstream.protocol === 'https:' ? tlsRequest : plainRequest;
  let judged: (asked: Asked) => Treatment | undefined = () => undefined;
  let taken: Asked[] = [];

  async function treat(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '' } = incoming;
    const body = await bodyOf(incoming);
    const agent = incoming.headers['user-agent'] ?? '';
    const asked = { method, path, agent, body };
    const fault = judged(asked);
    if (fault === undefined) return forward(incoming, asked, response);
    if (fault.applied) await forward(incoming, asked, undefined);
    await fault.meanwhile?.();
    if (fault.told === 'silence') return;
    if (fault.told === 'cut') return void response.destroy();
    const { status, body: given = said(status), headers } = fault.told;
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(`${JSON.stringify(given)}\n`);
  }

  async function forward(
    incoming: IncomingMessage,
    asked: Asked,
    response: ServerResponse | undefined,
  ): Promise<void> {
    const { method = '', url = '', headers } = incoming;
    const options = { method, headers: { ...headers, host: upstream.host }, rejectUnauthorized: false };
    const outgoing = request(new URL(url, upstream), options);
    response?.on('close', () => outgoing.destroy());
    outgoing.on('error', () => response?.destroy()).end(asked.body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    const { statusCode = 500 } = answer;
    if (method !== 'GET' && statusCode < 300) taken.push(asked);
    if (response === undefined) return void answer.resume();
    answer.pipe(response.writeHead(statusCode, answer.headers));
  }

  return {
    handle: (incoming, response) => void treat(incoming, response).catch(() => response.destroy()),
    misbehave(...given) {
      judged = ({ method, path }) => {
        const fault = given.find(({ of, times }) => times > 0 && of(method, path));
        if (fault !== undefined) fault.times -= 1;
        return fault;
      };
      taken = [];
    },
    judge(treatment) {
      judged = treatment;
      taken = [];
    },
    taken: () => [...taken],
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
