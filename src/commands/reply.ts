import type { Action, Card, Line, Span, Tone } from '../core/card/card.ts';
import { refusalCard } from '../core/card/refusal-card.ts';
import type { Refusal } from '../core/refusal.ts';
import type { Reply } from '../ports/chat.ts';

/** A sentence with `code` in backticks, as spans. */
export function sentence(text: string): Line {
  const pieces = text.split('`');
  if (pieces.length % 2 === 0) return [text];
  return pieces.flatMap((piece, index): Span[] => {
    if (piece === '') return [];
    return [index % 2 === 1 ? { code: piece } : piece];
  });
}

/** What a person gets back whose command was refused; `actions` are ways on, as buttons. */
export function refusalReply(refusal: Refusal, actions: readonly Action[] = []): Reply {
  const card = refusalCard(refusal, actions);
  const plain = (line: Line) => line.flatMap((span) => (typeof span === 'string' ? sentence(span) : [span]));
  return {
    ok: false,
    refused: refusal.reason,
    card: { ...card, title: plain(card.title), lines: card.lines.map(plain) },
  };
}

export interface Extras {
  tone?: Tone;
  actions?: readonly Action[];
  links?: Card['links'];
}

/** What a person gets back whose command was done, or who asked something. */
export function reply(
  title: string | Line,
  lines: readonly (string | Line)[] = [],
  extras: Extras = {},
): Reply {
  const asLine = (text: string | Line) => (typeof text === 'string' ? sentence(text) : text);
  return {
    ok: true,
    card: {
      tone: extras.tone ?? 'plain',
      title: asLine(title),
      lines: lines.map(asLine),
      actions: extras.actions ?? [],
      links: extras.links ?? [],
    },
  };
}
