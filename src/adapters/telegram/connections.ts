import { Agent, globalAgent } from 'node:https';
import { TLSSocket } from 'node:tls';

/** The code of a failure before there was a connection: what was to be sent over it surely never left. */
export const notConnected = 'ERR_NOT_CONNECTED';

/** Less than what a call may take (milliseconds), so that a host that swallows everything is told apart. */
const connectTime = 5_000;

/**
 * Connections to Telegram. One that can't be made in time, be it for the network or for its TLS handshake, fails with
 * `notConnected`: the library keeps nothing but the code of an error, and a broken handshake has that of a connection
 * that broke later.
 */
export function connections(timeout = connectTime): Agent {
  // Node's own settings give idle connections up before Telegram does, so that no post is sent into a closed one.
  const agent = new Agent({ ...globalAgent.options });
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const socket = connect(options, callback);
    if (socket instanceof TLSSocket) markUntilConnected(socket, timeout);
    return socket;
  };
  return agent;
}

function markUntilConnected(socket: TLSSocket, timeout: number): void {
  const mark = (error: Error) => void Object.assign(error, { code: notConnected });
  const late = () => socket.destroy(new Error(`There was no connection within ${timeout / 1_000} s.`));
  const timer = setTimeout(late, timeout);
  socket.prependOnceListener('error', mark);
  socket.once('secureConnect', () => {
    clearTimeout(timer);
    socket.off('error', mark);
  });
  socket.once('close', () => clearTimeout(timer));
}
