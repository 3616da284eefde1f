import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { Readable } from 'node:stream';

const withoutBody = new Set([204, 205, 304]);

/**
 * A request whose `Host` is not that of its address: how a load balancer is asked before its name points to it.
 * `fetch` drops that header without a word. Over TLS the host is also the name that the certificate has to carry.
 * Redirections are given as they are.
 */
export function fetchNamedHost(url: URL, init: RequestInit, headers: Headers): Promise<Response> {
  const { body = null, method = 'GET', signal } = init;
  if (body !== null && typeof body !== 'string')
    throw new TypeError('a request with a host has a body of text');
  const named = headers.get('host') ?? url.host;
  const secure = url.protocol === 'https:';
  return new Promise((resolve, reject) => {
    const sent = (secure ? tlsRequest : plainRequest)(url, {
      method,
      headers: Object.fromEntries(headers),
      ...(secure ? { servername: named.replace(/:\d+$/, '') } : {}),
      ...(signal ? { signal } : {}),
    });
    sent.once('error', (error) => reject(signal?.aborted ? signal.reason : error));
    sent.once('response', (received) => {
      const status = received.statusCode ?? 502;
      const stream = Readable.toWeb(received) as ReadableStream<Uint8Array>;
      resolve(
        new Response(withoutBody.has(status) ? null : stream, {
          status,
          headers: headersOf(received.rawHeaders),
        }),
      );
    });
    sent.end(body ?? undefined);
  });
}

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < raw.length; at += 2) headers.append(raw[at] ?? '', raw[at + 1] ?? '');
  return headers;
}
