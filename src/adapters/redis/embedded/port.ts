import { createServer } from 'node:net';

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const port = await tryListen(0);
  if (port === undefined) throw new Error('The system has no free port on 127.0.0.1.');
  return port;
}

/** Whether something listens on this port of 127.0.0.1. */
export async function portTaken(port: number): Promise<boolean> {
  return (await tryListen(port)) === undefined;
}

/** Listens and lets go at once: the port, or undefined where it is taken. */
function tryListen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const got = typeof address === 'object' && address ? address.port : undefined;
      server.close(() => resolve(got));
    });
  });
}
