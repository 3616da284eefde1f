import type { Platform } from '../rollout/actor.ts';
import type { Card, Line, Span, ThreadView } from './card.ts';
import { platformName } from './words.ts';

/**
 * A thread as people on one platform read it: whoever did something on another one has its name behind theirs,
 * `Bob (Telegram)`, so that nobody looks for a message that stands elsewhere.
 */
export function seenFrom(platform: Platform, view: ThreadView): ThreadView {
  const replies = view.replies.map((placed) => ({ ...placed, card: cardSeenFrom(platform, placed.card) }));
  return { ...view, root: cardSeenFrom(platform, view.root), replies };
}

/** One card of it. */
export function cardSeenFrom(platform: Platform, card: Card): Card {
  const line = (spans: Line): Line => spans.flatMap((span) => spanSeenFrom(platform, span));
  return { ...card, title: line(card.title), lines: card.lines.map(line) };
}

function spanSeenFrom(platform: Platform, span: Span): Span[] {
  if (typeof span === 'string' || !('person' in span) || span.via === undefined) return [span];
  const { via, ...person } = span;
  return via === platform ? [person] : [person, ` (${platformName(via).replace('the ', '')})`];
}
