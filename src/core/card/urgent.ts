import type { Card, Tone } from './card.ts';

const actTones: ReadonlySet<Tone> = new Set(['waiting', 'doubt', 'bad', 'undone']);

/** What is sent first and may use more of a platform's limits, the least urgent first. */
export const urgencies = ['progress', 'act', 'alarm'] as const;
export type Urgency = (typeof urgencies)[number];

/** What has gone wrong is an alarm as long as no message says so. */
export function isAlarm({ tone }: Card): boolean {
  return tone === 'bad';
}

/** Whether a card has a button that rolls back. */
export function offersWayBack({ actions }: Card): boolean {
  return actions.some(({ command }) => /^rollback\b/.test(command));
}

/** Whether people have to act on a card, or wait for it to learn how a rollback goes: it is sent before progress. */
export function isUrgent({ tone, title, lines }: Card): boolean {
  if (actTones.has(tone)) return true;
  return [title, ...lines].flat().some((span) => typeof span === 'object' && 'ping' in span && span.ping);
}
