import { resolveLabels } from '../rollout/inputs.ts';
import type { Plan } from '../rollout/plan.ts';
import type { RolloutState, StepState } from '../rollout/state.ts';
import { stepsOf } from '../rollout/steps.ts';
import type { Notice } from './notice.ts';

/** Which alerts belong to a rollout: those with all of these labels that fire at some time from `from` until `to`. */
export interface Binding {
  labels: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  from: number;
  to: number;
}

/**
 * The binding of a rollout, or undefined while no alert can belong to it. It opens with the first change that the
 * rollout can undo, not only with hypercare: an alert during the soak is what people want to see beside the rollback
 * button. It ends with hypercare, with the rollout, or with a newer rollout of the environment. Without labels nothing
 * belongs to it, and neither where a label has no value.
 */
export function bindingOf(plan: Plan, state: RolloutState): Binding | undefined {
  if (!known.has(state)) known.set(state, makeBinding(plan, state));
  return known.get(state);
}

const known = new WeakMap<RolloutState, Binding | undefined>();

function makeBinding(plan: Plan, state: RolloutState): Binding | undefined {
  if (!plan.playbook.hypercare || Object.keys(plan.playbook.hypercare.labels).length === 0) return undefined;
  const from = opensAt(plan, state);
  if (from === undefined) return undefined;
  const labels = resolveLabels(plan, state);
  return 'error' in labels ? undefined : { labels: labels.value, from, to: closesAt(state) };
}

/** Whether new alerts can still become the rollout's. */
export function isOpen({ to }: Binding, now: number): boolean {
  return now < to;
}

/** The clocks of whoever tells of alerts may be so far ahead of ours; milliseconds. */
const skew = 60_000;

/** Whether an alert belongs to it. What fires has no end yet. */
export function belongs(notice: Notice, binding: Binding): boolean {
  const { status, endsAt } = notice;
  const end = status === 'firing' || endsAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(endsAt);
  return end >= binding.from && beganInTime(notice, binding);
}

/** Whether an alert has the labels, and began before the binding closed, whenever it ended by its sender's clock. */
export function beganInTime({ labels, startsAt }: Notice, binding: Binding): boolean {
  if (Date.parse(startsAt) >= binding.to + skew) return false;
  return Object.entries(binding.labels).every(
    ([name, value]) => Object.hasOwn(labels, name) && labels[name] === value,
  );
}

/** The step that changed the world last at an instant (milliseconds), or that ran last where none did. */
export function changeBefore(
  plan: Plan,
  state: RolloutState,
  at: number,
): { step: string; at: number } | undefined {
  const over = [...stepsOf(plan).values()].flatMap(({ step, phase }) => {
    const known = state.steps[step.id];
    if (phase === null || known?.endedAt === undefined) return [];
    const ended = Date.parse(known.endedAt);
    return ended <= at ? [{ step: step.id, at: ended, changed: known.before !== undefined }] : [];
  });
  const changes = over.filter(({ changed }) => changed);
  const last = (changes.length > 0 ? changes : over).reduce<(typeof over)[number] | undefined>(
    (latest, one) => (latest === undefined || one.at >= latest.at ? one : latest),
    undefined,
  );
  return last && { step: last.step, at: last.at };
}

function opensAt(plan: Plan, state: RolloutState): number | undefined {
  const changed = [...stepsOf(plan).values()].flatMap(({ step, phase }) =>
    phase === null ? [] : begunAt(state.steps[step.id]),
  );
  const hypercare = state.hypercare === undefined ? [] : [Date.parse(state.hypercare.startedAt)];
  const all = [...changed, ...hypercare];
  return all.length === 0 ? undefined : Math.min(...all);
}

function begunAt(step: StepState | undefined): number[] {
  return step?.before === undefined || step.startedAt === undefined ? [] : [Date.parse(step.startedAt)];
}

function closesAt({ hypercare, endedAt, aborted, supersession }: RolloutState): number {
  const ends = [hypercare?.until, hypercare?.endedAt, endedAt, aborted?.at, supersession?.at].flatMap(
    (end) => (end === undefined ? [] : [Date.parse(end)]),
  );
  return ends.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...ends);
}
