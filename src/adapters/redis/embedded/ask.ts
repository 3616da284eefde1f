import { connect } from 'node:net';

/** What the server on a port says of itself; `pid` undefined: nothing there, or no Redis. */
export interface ServerAnswer {
  pid: number | undefined;
  version: string;
  loading: boolean;
}

const nobody: ServerAnswer = { pid: undefined, version: '', loading: false };
const patience = 1_000;

/** Asks once, without the weight of a client: PING tells whether it serves, INFO who it is. Never throws. */
export function askServer(port: number): Promise<ServerAnswer> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('PING\r\nINFO server\r\n'));
    const done = (answer: ServerAnswer): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setEncoding('utf8');
    socket.setTimeout(patience, () => done(nobody));
    socket.on('error', () => done(nobody));
    socket.on('close', () => done(nobody));
    socket.on('data', (chunk: string) => {
      text += chunk;
      const pid = /^process_id:(\d+)\r$/m.exec(text)?.[1];
      const version = /^redis_version:(\S+)\r$/m.exec(text)?.[1];
      if (pid && version) done({ pid: Number(pid), version, loading: !text.startsWith('+PONG') });
    });
  });
}
