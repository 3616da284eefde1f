import { setTimeout as delay } from 'node:timers/promises';
import type { Fact } from '../core/rollout/event.ts';
import type { AtWork } from '../core/rollout/next.ts';

/** The steps that one session has at work, and what has come out of them. */
export interface Tasks {
  atWork(): AtWork;
  /** Begins a task. Its facts are dropped when it was aborted before it ended. */
  begin(step: string, lost: AbortSignal, task: (signal: AbortSignal) => Promise<readonly Fact[]>): void;
  /** What has come out since the last call. */
  collect(): Fact[];
  /** Something happened: whoever waits in `stirred`, or does so next, goes on at once. */
  stir(): void;
  /** Resolves on a `stir`, or after so many milliseconds. */
  stirred(limit: number): Promise<void>;
  /** Aborts all that is at work, and resolves when it has ended. */
  clear(reason: Error): Promise<void>;
}

interface Task {
  control: AbortController;
  done: Promise<void>;
}

export function createTasks(): Tasks {
  const tasks = new Map<string, Task>();
  let outcomes: Fact[] = [];
  let stirring = Promise.withResolvers<void>();

  const stir = (): void => stirring.resolve();

  return {
    stir,
    atWork: () => new Set(tasks.keys()),
    collect() {
      const collected = outcomes;
      outcomes = [];
      return collected;
    },
    begin(step, lost, task) {
      const control = new AbortController();
      const signal = AbortSignal.any([lost, control.signal]);
      const run = async (): Promise<void> => {
        try {
          const facts = await task(signal);
          if (!signal.aborted) outcomes.push(...facts);
        } catch (error) {
          if (!signal.aborted) throw error;
        }
      };
      const done = run().finally(() => {
        tasks.delete(step);
        stir();
      });
      done.catch(() => undefined);
      tasks.set(step, { control, done });
    },
    async stirred(limit) {
      const timer = new AbortController();
      const timeout = delay(limit, undefined, { signal: timer.signal }).catch(() => undefined);
      await Promise.race([stirring.promise, timeout]);
      timer.abort();
      stirring = Promise.withResolvers();
    },
    async clear(reason) {
      const open = [...tasks.values()];
      for (const { control } of open) control.abort(reason);
      await Promise.allSettled(open.map(({ done }) => done));
    },
  };
}
