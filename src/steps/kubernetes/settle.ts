import { KubernetesError } from '../../ports/kubernetes.ts';
import type { StepResult } from '../../ports/step.ts';

/** Somebody else's writes may come between reading and writing this often. */
const rounds = 6;

const readAgain = new Set<KubernetesError['reason']>(['conflict', 'exists', 'unknown']);

/**
 * Reads, decides and writes. What was changed meanwhile is read and decided again, and so is what nobody knows
 * whether it took effect: `round` finds it done then, or does it with the precondition of what it read. An outcome
 * that stays unknown is thrown, so that it is looked for before anything is repeated.
 */
export async function settle<T>(round: () => Promise<T>, signal: AbortSignal): Promise<T> {
  let doubt: unknown;
  for (let left = rounds; ; left -= 1) {
    signal.throwIfAborted();
    try {
      return await round();
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      if (error.reason === 'unknown') doubt = error;
      if (left <= 1 || !readAgain.has(error.reason)) throw doubt ?? error;
    }
  }
}

const later = new Set<KubernetesError['reason']>(['conflict', 'busy', 'unavailable']);

/** A step that the API server refused, with what stands still; throws what isn't a refusal. */
export function refused(error: unknown, left = 'Nothing was changed.'): StepResult {
  if (!(error instanceof KubernetesError) || error.reason === 'unknown') throw error;
  return { status: 'failed', summary: error.message, detail: left, retryable: later.has(error.reason) };
}
