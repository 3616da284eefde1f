import type { Log } from './log.ts';

/** The part of Slack's Socket Mode client that is used here. */
export interface SocketClient {
  start(): Promise<unknown>;
  disconnect(): Promise<void>;
  once(event: 'disconnected', listener: () => void): unknown;
}

export interface KeptSocket {
  /** True while Slack has said hello and the socket is open. */
  connected(): boolean;
  /** Closes the socket and stops trying. */
  stop(): Promise<void>;
}

const longestPause = 30_000;

/**
 * Keeps one socket open until it is stopped. Slack closes sockets every few hours: the next one is opened at
 * once. The client's own reconnecting must be off: it waits 5 s each time, and a refused token would end the
 * process by an unhandled rejection.
 */
export function keepConnected(client: SocketClient, log: Log): KeptSocket {
  const stopping = new AbortController();
  let open = false;
  const loop = run();

  async function run(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const closed = new Promise<void>((resolve) => client.once('disconnected', resolve));
      const began = await attempt();
      if (began) {
        failures = 0;
        await closed;
        open = false;
        log.info({}, 'Slack closed the socket');
      } else {
        failures += 1;
        await pause(Math.min(longestPause, 500 * 2 ** Math.min(failures, 10)), stopping.signal);
      }
    }
  }

  async function attempt(): Promise<boolean> {
    try {
      await client.start();
      open = true;
      log.info({}, 'Slack is connected by Socket Mode');
      return true;
    } catch (error) {
      log.warn({ err: error }, 'Slack could not be connected; trying again');
      return false;
    }
  }

  return {
    connected: () => open,
    async stop() {
      stopping.abort();
      await client.disconnect();
      await loop;
    },
  };
}

/** Ends early, without an error, when the signal aborts. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    signal.addEventListener('abort', finish);
    if (signal.aborted) finish();
  });
}
