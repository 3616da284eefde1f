import type { Tails } from '../ports/journals.ts';

const flushAfter = 200;

/** Collects a step's output and keeps it together every fifth of a second: a chatty program costs no more than a quiet one. */
export function createTail(tails: Tails, rollout: string, step: string): (line: string) => void {
  let lines: string[] = [];
  const flush = (): void => {
    const kept = lines.slice(-200);
    lines = [];
    tails.keepTail(rollout, step, kept).catch(() => undefined);
  };
  return (line) => {
    if (lines.length === 0) setTimeout(flush, flushAfter).unref();
    lines.push(line);
  };
}
