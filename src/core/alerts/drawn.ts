import type { RolloutEvent } from '../rollout/event.ts';

/** The groups that fired when a card was drawn, by the number of the last event that the card told of. */
export function firingAt(events: readonly RolloutEvent[], drawnAt: number): ReadonlySet<string> {
  const firing = new Set<string>();
  for (const event of events) {
    if (event.seq > drawnAt || event.type !== 'alerts.changed') continue;
    for (const group of event.data.groups) {
      if (group.firing > 0) firing.add(group.id);
      else firing.delete(group.id);
    }
  }
  return firing;
}
