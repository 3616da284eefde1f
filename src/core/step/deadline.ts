import { formatDuration, type Milliseconds, parseDuration } from '../playbook/duration.ts';
import type { Answer } from '../rollout/state.ts';

/** How much people's `extend` answers add to a deadline. */
export function extension(answers: readonly Answer[]): Milliseconds {
  return answers
    .filter(({ answer }) => answer === 'extend')
    .reduce((total, { duration }) => total + (duration ?? 0), 0);
}

/** A duration for people; what is still an expression, or nothing, stays as it stands. */
export function shownDuration(text: string | undefined): string {
  const parsed = parseDuration(text ?? '');
  return parsed === undefined ? (text ?? 'some time') : formatDuration(parsed);
}

/** An instant for people: `2026-11-21 15:40 UTC`. */
export function shownInstant(at: Milliseconds): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
