import type { Fact } from '../core/rollout/event.ts';
import type { AtWork } from '../core/rollout/next.ts';

/** The steps that one session has at work, and what has come out of them. */
export interface Tasks {
  /** Begins a task. Its facts are dropped when it was aborted before it ended. */
  begin(step: string, lost: AbortSignal, task: (signal: AbortSignal) => Promise<readonly Fact[]>): void;
  /**
   * What has come out since the last call, and what is at work at that same moment: no step is in neither.
   * Throws what broke a task that was not aborted.
   */
  collect(): { outcomes: Fact[]; atWork: AtWork };
  /** A task of this name is at work, or has come out with something that was not collected. */
  isAtWork(step: string): boolean;
  /** Nothing is at work, and nothing has come out that was not collected. */
  idle(): boolean;
  /** Something happened outside: whoever waits in `stirred`, or does so next, goes on at once. */
  stir(): void;
  /**
   * Resolves when a task ends, on a `stir`, or after so many milliseconds. False when it was a task alone: then
   * nobody else is known to have written anything.
   */
  stirred(limit: number): Promise<boolean>;
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
  let broken: { error: unknown } | undefined;
  let stirring = Promise.withResolvers<void>();

  let told = false;

  const stir = (): void => {
    told = true;
    stirring.resolve();
  };
  const ended = (step: string, facts: readonly Fact[]): void => {
    tasks.delete(step);
    outcomes.push(...facts);
    stirring.resolve();
  };

  return {
    stir,
    isAtWork: (step) => tasks.has(step) || outcomes.some(({ data }) => 'step' in data && data.step === step),
    idle: () => tasks.size === 0 && outcomes.length === 0 && !broken,
    collect() {
      if (broken) throw broken.error;
      const collected = outcomes;
      outcomes = [];
      return { outcomes: collected, atWork: new Set(tasks.keys()) };
    },
    begin(step, lost, task) {
      const control = new AbortController();
      const signal = AbortSignal.any([lost, control.signal]);
      const done = task(signal).then(
        (facts) => ended(step, signal.aborted ? [] : facts),
        (error: unknown) => {
          if (!signal.aborted) broken = { error };
          ended(step, []);
        },
      );
      tasks.set(step, { control, done });
    },
    async stirred(limit) {
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        stirring.resolve();
      }, limit);
      await stirring.promise;
      clearTimeout(timer);
      stirring = Promise.withResolvers();
      const news = told || late;
      told = false;
      return news;
    },
    async clear(reason) {
      const open = [...tasks.values()];
      for (const { control } of open) control.abort(reason);
      await Promise.allSettled(open.map(({ done }) => done));
    },
  };
}
