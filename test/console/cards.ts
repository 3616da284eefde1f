import type { Card } from '../../src/core/card/card.ts';

/** A card that says only its title. */
export function plainCard(title: string): Card {
  return { tone: 'plain', title: [title], lines: [], actions: [], links: [] };
}
