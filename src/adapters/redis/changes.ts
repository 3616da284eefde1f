import type { Redis } from 'ioredis';
import { keys } from './keys.ts';

type Listener = (id: string, seq: number) => void;

/** Hears of every rollout that grows, in any process. A message that is lost is made up for by the sweepers. */
export function listenForChanges(subscriber: Redis): (listener: Listener) => () => void {
  const listeners = new Set<Listener>();
  subscriber.on('message', (channel: string, message: string) => {
    if (channel !== keys.changes) return;
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

/** Hears that groups of alerts changed, in any process. What is lost is made up for by whoever asks now and then. */
export function listenForAlerts(subscriber: Redis): (listener: () => void) => () => void {
  const listeners = new Set<() => void>();
  subscriber.on('message', (channel: string) => {
    if (channel === keys.alertChanges) for (const listener of listeners) listener();
  });
  void subscriber.subscribe(keys.alertChanges).catch(() => undefined);
  return (listener) => {
    const own = () => listener();
    listeners.add(own);
    return () => void listeners.delete(own);
  };
}
