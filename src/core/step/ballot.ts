import type { Answer } from '../rollout/state.ts';

/** What is asked: answers to another nonce, and the first `from` answers, are about another plan. */
export interface Question {
  nonce: string;
  from: number;
  /** Milliseconds since the epoch; null: without end. */
  until: number | null;
  quorum: number;
  /** The person who started the rollout: has no vote. */
  notBy: string;
}

export interface Tally {
  /** The counted approvals, one for each person, oldest first. */
  approved: readonly Answer[];
  rejected: Answer | undefined;
  /** The deadline with all extensions. */
  until: number | null;
}

/**
 * Counts answers in the order they were given. The first decision stands: what comes after the quorum,
 * after a rejection or after the deadline changes nothing.
 */
export function tally(answers: readonly Answer[], question: Question): Tally {
  const approved = new Map<string, Answer>();
  let until = question.until;
  for (const answer of answers.slice(question.from)) {
    if (answer.nonce !== undefined && answer.nonce !== question.nonce) continue;
    if (until !== null && Date.parse(answer.at) >= until) break;
    if (answer.answer === 'extend' && until !== null) until += answer.duration ?? 0;
    if (answer.answer === 'reject') return { approved: [...approved.values()], rejected: answer, until };
    if (answer.answer === 'approve' && answer.by.id !== question.notBy && !approved.has(answer.by.id)) {
      approved.set(answer.by.id, answer);
    }
    if (approved.size >= question.quorum) break;
  }
  return { approved: [...approved.values()], rejected: undefined, until };
}
