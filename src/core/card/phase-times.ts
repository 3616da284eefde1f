import { formatDuration } from '../playbook/duration.ts';
import type { StepState } from '../rollout/state.ts';
import type { Line } from './card.ts';
import type { Telling } from './telling.ts';
import { nameOfPhase } from './words.ts';

const listed = 6;

/** How long each phase took, and how much of it all was waiting for people: the last word on a rollout. */
export function phaseTimes({ plan, state }: Telling): Line {
  const times = plan.playbook.phases.flatMap(({ name, steps }) => {
    const took = spanOf(steps.flatMap(({ id }) => state.steps[id] ?? []));
    return took === undefined ? [] : [{ name: nameOfPhase(plan, name), took }];
  });
  if (times.length < 2) return [];
  const longest = times.toSorted((one, other) => other.took - one.took).slice(0, listed);
  const shown = times.filter((time) => longest.includes(time));
  const more = times.length > shown.length ? [`and ${times.length - shown.length} shorter ones`] : [];
  const words = [...shown.map(({ name, took }) => `${name} ${formatDuration(took)}`), ...more];
  const waited = waitedForPeople(plan, state);
  return [`${words.join(' · ')}${waited < 60_000 ? '' : ` (${formatDuration(waited)} of it for people)`}`];
}

/** Milliseconds from the first beginning of these steps to their last end; undefined when none has ended. */
export function spanOf(steps: readonly StepState[]): number | undefined {
  const from = steps.flatMap(({ startedAt }) => startedAt ?? []).toSorted();
  const to = steps.flatMap(({ endedAt }) => endedAt ?? []).toSorted();
  const [first, last] = [from.at(0), to.at(-1)];
  return first === undefined || last === undefined
    ? undefined
    : Math.max(0, Date.parse(last) - Date.parse(first));
}

function waitedForPeople(plan: Telling['plan'], state: Telling['state']): number {
  const asking = plan.playbook.phases
    .flatMap(({ steps }) => steps)
    .filter(({ uses }) => uses === 'approval' || uses === 'manual');
  return asking.reduce((sum, { id }) => sum + (spanOf([state.steps[id] ?? []].flat()) ?? 0), 0);
}
