import { type Child, type Launch, startChild } from './child.ts';

/** Milliseconds until a process that ended by itself is started again, as a kubelet would. */
const restartDelay = 3_000;

/** A process that is started again whenever it ends by itself. */
export interface Kept {
  readonly ready: boolean;
  readonly pid: number | undefined;
  send: Child['send'];
  stop(): Promise<void>;
}

/** Starts a process and keeps it running. `onChange` is called when it became ready or ended. */
export function keepRunning(launch: Omit<Launch, 'onMessage'>, onChange: () => void): Kept {
  let current: Child | undefined;
  let ready = false;
  let stopped = false;
  let again: NodeJS.Timeout | undefined;

  const start = () => {
    const child = startChild({
      ...launch,
      onMessage() {
        ready = true;
        onChange();
      },
    });
    current = child;
    void child.exited.then((how) => ended(how));
  };
  const ended = (how: string) => {
    current = undefined;
    ready = false;
    if (!stopped) {
      console.error(`${launch.file} ended (${how}); it is started again in ${restartDelay} ms`);
      again = setTimeout(start, restartDelay);
    }
    onChange();
  };

  start();
  return {
    get ready() {
      return ready;
    },
    get pid() {
      return current?.pid;
    },
    send: (message) => current?.send(message),
    async stop() {
      stopped = true;
      clearTimeout(again);
      await current?.stop();
    },
  };
}
