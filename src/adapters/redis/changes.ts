import type { Redis } from 'ioredis';
import { keys } from './keys.ts';

type Listener = (id: string, seq: number) => void;

/** Hears of every rollout that grows, in any process. A message that is lost is made up for by the sweepers. */
export function listenForChanges(subscriber: Redis): (listener: Listener) => () => void {
  const listeners = new Set<Listener>();
  subscriber.on('message', (_channel: string, message: string) => {
    const [id, seq] = message.split(' ');
    if (id === undefined) return;
    for (const listener of listeners) listener(id, Number(seq));
  });
  void subscriber.subscribe(keys.changes).catch(() => undefined);
  return (listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
}
