import type { Trouble } from './store.ts';

/** Milliseconds without any event after which the connection counts as dead; the server beats every 15 s. */
const patience = 40_000;
const longestPause = 10_000;

export interface StreamListeners {
  /** Connected: whatever happened meanwhile has to be read again. */
  open(): void;
  lost(): void;
  rollout(change: { id: string; seq: number }): void;
  message(change: { channel: string; id: string }): void;
  /** Something is wrong with the bot since then; without a time it is over. */
  trouble(news: { about: Trouble; since?: string }): void;
}

/**
 * Follows `/api/events` for as long as the page lives. A lost connection is made again, at once first and then
 * with growing pauses; also when the page comes back to the front or the network returns.
 */
export function follow(listeners: StreamListeners): void {
  let source: EventSource | undefined;
  let failures = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let deadline: ReturnType<typeof setTimeout> | undefined;

  const heard = () => {
    clearTimeout(deadline);
    deadline = setTimeout(lose, patience);
  };

  function connect(): void {
    clearTimeout(retry);
    source?.close();
    const mine = new EventSource('/api/events');
    source = mine;
    mine.onopen = () => {
      failures = 0;
      heard();
      listeners.open();
    };
    mine.onerror = () => {
      if (source === mine) lose();
    };
    mine.onmessage = ({ data }) => {
      heard();
      listeners.rollout(JSON.parse(data));
    };
    mine.addEventListener('message-changed', ({ data }) => {
      heard();
      listeners.message(JSON.parse(data));
    });
    mine.addEventListener('trouble', ({ data }) => {
      heard();
      listeners.trouble(JSON.parse(data));
    });
    mine.addEventListener('beat', heard);
  }

  function lose(): void {
    source?.close();
    source = undefined;
    clearTimeout(deadline);
    listeners.lost();
    clearTimeout(retry);
    retry = setTimeout(connect, Math.min(longestPause, 250 * 2 ** failures));
    failures += 1;
  }

  const back = () => {
    if (source === undefined && document.visibilityState === 'visible') connect();
  };
  addEventListener('online', back);
  document.addEventListener('visibilitychange', back);
  addEventListener('pagehide', () => source?.close());
  connect();
}
