import { z } from 'zod';
import { asks } from '../../core/card/card.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Memory } from '../../ports/memory.ts';
import type { At } from './confirmations.ts';

/** A person was asked for the one word that their press lacks; they answer by replying to the question. */
const questionSchema = z.object({
  /** Who pressed, and may answer. */
  by: z.int(),
  name: z.string(),
  command: z.string(),
  word: z.enum(asks),
  drawnAt: z.int().optional(),
  /** Milliseconds since the epoch. */
  until: z.number(),
  answered: z.boolean(),
});
export type Question = z.infer<typeof questionSchema>;

/** The questions that stand, by the message that asks. */
export interface Questions {
  open(at: At, question: Omit<Question, 'until' | 'answered'>): Promise<void>;
  /** What a message asks or asked; undefined when it is no question of ours. */
  find(at: At): Promise<(Question & { inTime: boolean }) | undefined>;
  /** Takes the answer; false when it was taken before. */
  close(at: At, question: Question): Promise<boolean>;
}

/** How long an answer counts (milliseconds). */
export const answerTime = 10 * 60_000;

/** For so long a late answer is told so (milliseconds). */
const kept = 86_400_000;

export function createQuestions(memory: Memory, clock: Clock): Questions {
  const keyOf = ({ chat, message }: At) => `question:${chat}/${message}`;
  /** Whoever takes it has given the answer; the question itself stays, for whoever comes second. */
  const openKeyOf = (at: At) => `open ${keyOf(at)}`;
  return {
    async open(at, question) {
      const until = clock.now() + answerTime;
      await Promise.all([
        memory.write(keyOf(at), JSON.stringify({ ...question, until, answered: false }), kept),
        memory.write(openKeyOf(at), 'open', kept),
      ]);
    },
    async find(at) {
      const text = await memory.read(keyOf(at));
      if (text === undefined) return undefined;
      const question = questionSchema.parse(JSON.parse(text));
      return { ...question, inTime: clock.now() < question.until };
    },
    async close(at, question) {
      const isFirst = (await memory.take(openKeyOf(at))) !== undefined;
      await memory.write(keyOf(at), JSON.stringify({ ...question, answered: true }), kept);
      return isFirst;
    },
  };
}

const asked = {
  reason: { what: 'the reason', hint: 'It stands in the thread and in the journal.' },
  evidence: { what: 'the evidence', hint: 'How do you know that it is done?' },
  duration: { what: 'how much longer', hint: 'For example 30m, 2h or 1d.' },
  'duration-and-reason': { what: 'for how long, and why', hint: 'For example 2h database failover.' },
} as const;

/** What a question asks for, in words. */
export function askedFor(word: Question['word']): { what: string; hint: string } {
  return asked[word];
}
