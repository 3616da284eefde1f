import { once } from 'node:events';
import { createServer } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Where a server is to listen; port 0 is any free one. */
export interface Place {
  port: number;
  host: string;
}

/** Throws a sentence for a person when nothing could listen there now. */
export async function checkPlace(place: Place): Promise<void> {
  const server = createServer();
  try {
    server.listen(place.port, place.host);
    await once(server, 'listening');
  } catch (error) {
    throw inWords(error, place);
  } finally {
    server.close();
  }
}

/** Lets a server listen, and answers its address. Throws a sentence for a person. */
export async function listenAt(server: FastifyInstance, place: Place): Promise<string> {
  await server.listen(place).catch((error: unknown) => {
    throw inWords(error, place);
  });
  const address = server.server.address();
  const port = typeof address === 'object' && address ? address.port : place.port;
  return `http://${place.host.includes(':') ? `[${place.host}]` : place.host}:${port}`;
}

function inWords(cause: unknown, { port, host }: Place): Error {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const words: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} on ${host} is in use by another program. End that program, or set PORT to another one.`,
    EACCES: `Port ${port} may not be used by this account. Set PORT to one from 1024 on.`,
    EADDRNOTAVAIL: `${host} is no address of this machine. Correct HOST.`,
    ENOTFOUND: `There is no host ${host}. Correct HOST.`,
  };
  const said = cause instanceof Error ? cause.message : String(cause);
  return new Error(words[String(code)] ?? `Nothing can listen on ${host}:${port}: ${said}.`, { cause });
}
