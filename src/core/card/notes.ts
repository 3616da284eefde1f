import type { Card, Line } from './card.ts';
import { count, cut } from './words.ts';

/** What a root card says of the thread itself, beside what it says of the rollout. */
export interface ThreadNotes {
  /** Replies whose posts got no answer, on a platform that can't be asked. */
  uncertain: number;
  /** The card stands in place of an earlier one. */
  again?: 'deleted' | 'doubtful';
  /** Where else the rollout should be shown and can't be. */
  closed: readonly { channel: string; why: string; since: string }[];
}

const why: Readonly<Record<NonNullable<ThreadNotes['again']>, string>> = {
  deleted: 'The first card of this thread was deleted; it goes on here.',
  doubtful: 'An earlier card of this rollout may stand above; this one counts.',
};

const textLimit = 300;

/** The root card with what readers have to know of its thread. */
export function withNotes(card: Card, { uncertain, again, closed }: ThreadNotes): Card {
  const notes: Line[] = [
    ...(again === undefined ? [] : [[why[again]]]),
    ...(uncertain === 0 ? [] : [[uncertainInWords(uncertain)]]),
    ...closed.map(closedInWords),
  ];
  return notes.length === 0 ? card : { ...card, lines: [...card.lines, ...notes] };
}

function uncertainInWords(messages: number): string {
  return `${count(messages, 'message')} may be missing below: the answer to sending got lost. The journal has everything.`;
}

function closedInWords({ channel, why, since }: ThreadNotes['closed'][number]): Line {
  return [`⚠️ Not shown in ${channel} since `, { time: since }, `: ${cut(why, textLimit)}`];
}
