import { flushCompileCache } from 'node:module';
import type { Receiver } from '../alerter/payload.ts';

/** What a sandbox process tells the one that started it. */
export type ChildMessage = { ready: true } | { pids: number[] };

/** What it is told by it: which colours are deployed, or who takes alerts. */
export type ParentMessage = { deployed: string[] } | { receiver: Receiver };

/**
 * Ties this process to the one that started it: it exits when its parent is gone, however that ended.
 * An interrupt typed in the terminal reaches the whole group; the parent decides what to do about it.
 */
export function liveWithParent(): void {
  if (process.channel === undefined && process.connected !== false) return;
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit(0));
  if (!process.connected) process.exit(0);
}

/** Tells the parent, when there is one; a parent that just went away is no fault. */
export function tellParent(message: ChildMessage): void {
  if (process.connected) process.send?.(message, () => undefined);
}

/** Tells the parent that this process serves, and keeps its compiled code for the next one: a signal would lose it. */
export function tellReady(): void {
  tellParent({ ready: true });
  setImmediate(flushCompileCache);
}
