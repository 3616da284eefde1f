import type { AlertGroupState } from '../core/alerts/state.ts';
import { firingGroups, groupNumbered, speakableId } from '../core/alerts/state.ts';
import { cut } from '../core/card/words.ts';
import { nearest } from '../core/nearest.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { Rollout } from '../ports/rollouts.ts';

/** The rollout's id in what a person calls an alert: `aether-7` in `aether-7.2`. */
export function rolloutOf(alert: string): string {
  return alert.split('.')[0] ?? alert;
}

/** Whether it names one group, and not all that a rollout has. */
export function namesOne(alert: string): boolean {
  return alert.includes('.');
}

/** The group of alerts that is meant; a rollout's id means its only one that fires. A refusal names the nearest. */
export function alertNamed(
  { state }: Rollout,
  alert: string,
  what: string,
): { group: AlertGroupState } | { refusal: Refusal } {
  const firing = firingGroups(state.alerts);
  const [, n] = alert.split('.');
  const group = n === undefined ? firing.length === 1 && firing[0] : groupNumbered(state.alerts, Number(n));
  if (group) return { group };
  const groups = state.alerts?.groups ?? [];
  if (groups.length === 0) {
    const next = 'See what fires with `/rollout alerts`.';
    return { refusal: refuse('bad-input', what, `No alert has been told of for ${state.id}.`, next) };
  }
  const why =
    n !== undefined
      ? `${state.id} has no alert \`${alert}\`.`
      : firing.length === 0
        ? `Nothing fires for ${state.id}.`
        : `${firing.length} groups of alerts fire for ${state.id}.`;
  return {
    refusal: refuse('bad-input', what, why, whichOnes(state.id, alert, firing.length > 0 ? firing : groups)),
  };
}

const mostNamed = 5;

function whichOnes(id: string, alert: string, groups: readonly AlertGroupState[]): string {
  const ids = groups.map((group) => speakableId(id, group));
  const near = namesOne(alert) ? nearest(alert, ids) : undefined;
  if (near !== undefined) return `Did you mean \`${near}\`? See \`/rollout alerts ${id}\`.`;
  const named = groups
    .slice(0, mostNamed)
    .map((group) => `\`${speakableId(id, group)}\` (${cut(group.name, 60)})`);
  const more = groups.length > mostNamed ? ` and ${groups.length - mostNamed} more` : '';
  return `Name one: ${named.join(', ')}${more}.`;
}
