import type { Fact } from '../core/rollout/event.ts';
import { LeaseLost } from '../ports/journals.ts';
import type { Observation, StepContext, StepKind } from '../ports/step.ts';
import type { Within } from './context.ts';
import { doubtful } from './outcome.ts';

export type Found = { type: 'settled'; fact: Fact } | { type: 'absent' };

interface Observed {
  kind: StepKind;
  within: Within;
}

const longest = 30_000;

/**
 * Looks whether a step's effect is there, after its end was missed. What can't be read back is a doubt, which a
 * person settles. Throws when the signal aborts or the lease is lost.
 */
export async function observeAfter(
  why: string,
  step: string,
  observed: Observed,
  signal: AbortSignal,
): Promise<Found> {
  const seen = await observe(observed, signal);
  if (seen.effect === 'absent') return { type: 'absent' };
  if (seen.effect === 'begun') {
    const { waiting, state } = seen;
    return { type: 'settled', fact: { type: 'step.waiting', data: { step, waiting, state } } };
  }
  if (seen.effect === 'unknown') return { type: 'settled', fact: doubtful(step, why, seen.known) };
  const { summary, output } = seen;
  const data = { step, summary, observed: true, ...(output === undefined ? {} : { output }) };
  return { type: 'settled', fact: { type: 'step.succeeded', data } };
}

async function observe({ kind, within }: Observed, signal: AbortSignal): Promise<Observation> {
  if (!kind.observe) return { effect: 'unknown', known: unread(kind, within(signal)) };
  const stop = AbortSignal.any([signal, AbortSignal.timeout(kind.timeout ?? longest)]);
  try {
    return await endingWith(stop, kind.observe(within(stop), stop));
  } catch (error) {
    if (signal.aborted || error instanceof LeaseLost) throw error;
    return { effect: 'unknown', known: [`Reading it back failed: ${messageOf(error)}`] };
  }
}

function unread(kind: StepKind, context: StepContext<unknown>): string[] {
  const toLookAt = kind.lookAt?.(context);
  return [
    `${kind.uses} can't be read back from the world.`,
    ...(toLookAt === undefined ? [] : [`What to look at: ${toLookAt}`]),
  ];
}

/** A program gets this long to end with its whole group; see `src/adapters/world/processes.ts`. */
const patience = 5_000;

/**
 * What `work` comes to; once the signal has aborted, for so many milliseconds only. So a step that doesn't heed
 * its signal holds up neither its time-out nor a rollback, and one that does may still clean up.
 */
export function endingWith<T>(signal: AbortSignal, work: Promise<T>, grace = patience): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      timer = setTimeout(() => reject(signal.reason), grace);
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    void work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    });
  });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
