import { z } from 'zod';
import type { Json } from '../../src/core/json.ts';
import type { StepContext, StepKind, StepResult } from '../../src/ports/step.ts';

type Run = (context: StepContext<Record<string, Json>>, signal: AbortSignal) => Promise<StepResult>;

/** A step kind of a test: what it does is a function. */
export function kind(uses: string, run: Run, more: Partial<StepKind<Record<string, Json>>> = {}): StepKind {
  const made: StepKind<Record<string, Json>> = {
    uses,
    describe: 'A step of a test.',
    input: z.record(z.string(), z.json()) as z.ZodType<Record<string, Json>>,
    effect: 'repeatable',
    plan: async () => ({ summary: uses, diff: [] }),
    run,
    ...more,
  };
  return made as StepKind;
}

export const done = (summary = 'done', output?: Json): StepResult => ({
  status: 'succeeded',
  summary,
  ...(output === undefined ? {} : { output }),
});

/** Resolves never; rejects when the signal aborts. */
export function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
