import type { Card, Tone } from './card.ts';

const actTones: ReadonlySet<Tone> = new Set(['waiting', 'doubt', 'bad', 'undone']);

/** Whether people have to act on a card, or wait for it to learn how a rollback goes: it is sent before progress. */
export function isUrgent({ tone, title, lines }: Card): boolean {
  if (actTones.has(tone)) return true;
  return [title, ...lines].flat().some((span) => typeof span === 'object' && 'ping' in span && span.ping);
}
