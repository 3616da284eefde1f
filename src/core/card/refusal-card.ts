import type { Refusal } from '../refusal.ts';
import type { Card } from './card.ts';

/** A refusal as the person reads it: what was refused, why, and what to do next. */
export function refusalCard(refusal: Refusal, actions: Card['actions'] = []): Card {
  return { tone: 'bad', title: [refusal.what], lines: [[refusal.why], [refusal.next]], actions, links: [] };
}
