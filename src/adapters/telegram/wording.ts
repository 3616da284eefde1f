import type { Card } from '../../core/card/card.ts';
import { refusalCard } from '../../core/card/refusal-card.ts';
import { askedFor, type Question } from './questions.ts';

/** What people read that the commands behind do not say: that the way to them was not open. */

function refused(why: string, next: string, reason: 'stale-button' | 'not-allowed' | 'bad-input'): Card {
  const card = refusalCard({ reason, what: 'Nothing was done.', why, next });
  return {
    ...card,
    lines: card.lines.map((line) =>
      line.flatMap((span) => (typeof span === 'string' ? codes(span) : [span])),
    ),
  };
}

/** What stands in backticks, as code. */
function codes(text: string): Card['lines'][number] {
  return text.split('`').flatMap((piece, index) => {
    if (piece === '') return [];
    return [index % 2 === 1 ? { code: piece } : piece];
  });
}

export function tooOldToPress(words: string): Card {
  return refused(
    'This button is too old: I no longer know what it stood for.',
    `Type \`${words}\` instead.`,
    'stale-button',
  );
}

export function tooLateToConfirm(): Card {
  return refused('The minute to confirm it is over.', 'Press the button again.', 'stale-button');
}

export function askedAnother(name: string): Card {
  return refused(
    `${name} was asked, not you.`,
    'Press the button yourself when it is back, or type the command.',
    'not-allowed',
  );
}

export function answerOfAnother(name: string): Card {
  return refused(
    `${name} was asked for that, not you.`,
    'Press the button yourself, and answer what you are asked.',
    'not-allowed',
  );
}

export function answeredAlready(): Card {
  return refused(
    'This question was answered before.',
    'Press the button again to ask for it anew.',
    'stale-button',
  );
}

export function tooLateToAnswer({ command, word }: Question): Card {
  return refused(
    'The ten minutes to answer are over.',
    `Press the button again, or type \`/rollout ${command} <${word}>\`.`,
    'stale-button',
  );
}

export function noWords({ word }: Question): Card {
  return refused(
    `I could read no ${word} in that.`,
    'Reply once more to the same question, in words.',
    'bad-input',
  );
}

export function nobodyInParticular(why: string): Card {
  return refused(why, 'Write it as yourself.', 'not-allowed');
}

export function typedLongAgo(text: string): Card {
  return refused(
    'It was written more than ten minutes before it reached me.',
    `If you still mean it, type \`/rollout ${text.slice(0, 200)}\` again.`,
    'stale-button',
  );
}

export function cancelled(label: string): string {
  return `Cancelled: ${label}. Nothing was done.`;
}

/** While the bot's memory is away nothing can be recorded, and so nothing is done. */
export function memoryAway(): Card {
  return refused(
    'My memory (Redis) does not answer, so I could not record it.',
    'Try again in a moment.',
    'bad-input',
  );
}

/** A worker died at it: it may have been done. */
export function interruptedAt(what: string): Card {
  return {
    tone: 'doubt',
    title: ['I was restarted while I was at it'],
    lines: [
      ['You asked: ', { code: what.slice(0, 300) }],
      [
        'It may have been done or not. Look at ',
        { code: '/rollout status' },
        ', and ask again if it was not.',
      ],
    ],
    actions: [],
    links: [],
  };
}

/** Asks for the one word that a press lacks; it also stands for the confirmation. */
export function questionCard(
  press: { label: string; confirm?: { title: string; text: string } | undefined },
  word: Question['word'],
  until: number,
): Card {
  const { what, hint } = askedFor(word);
  return {
    tone: 'waiting',
    title: [{ bold: press.confirm?.title ?? press.label }],
    lines: [
      ...(press.confirm === undefined ? [] : [[press.confirm.text]]),
      [`Reply to this message with ${what}, until `, { time: new Date(until).toISOString() }, `. ${hint}`],
    ],
    actions: [],
    links: [],
  };
}
