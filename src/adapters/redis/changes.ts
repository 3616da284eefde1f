import type { Redis } from 'ioredis';
import { keys } from './keys.ts';

type Listener = (id: string, seq: number) => void;

/**
 * Hears of every rollout that grows, in any process, from when it resolves. A message that is lost later is made up
 * for by the sweepers.
 */
export async function listenForChanges(subscriber: Redis): Promise<(listener: Listener) => () => void> {
  const listeners = new Set<Listener>();
  subscriber.on('message', (channel: string, message: string) => {
    if (channel !== keys.changes) return;
    const [id, seq] = message.split(' ');
    if (id === undefined) return;
    for (const listener of listeners) listener(id, Number(seq));
  });
  await subscriber.subscribe(keys.changes);
  return (listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
}

/**
 * Hears that groups of alerts changed, in any process, from when it resolves. What is lost later is made up for by
 * whoever asks now and then.
 */
export async function listenForAlerts(subscriber: Redis): Promise<(listener: () => void) => () => void> {
  const listeners = new Set<() => void>();
  subscriber.on('message', (channel: string) => {
    if (channel === keys.alertChanges) for (const listener of listeners) listener();
  });
  await subscriber.subscribe(keys.alertChanges);
  return (listener) => {
    const own = () => listener();
    listeners.add(own);
    return () => void listeners.delete(own);
  };
}
