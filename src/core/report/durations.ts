import { formatDuration, type Milliseconds } from '../playbook/duration.ts';
import { phasesOf } from '../rollout/phases.ts';
import type { Plan } from '../rollout/plan.ts';
import type { RolloutState } from '../rollout/state.ts';
import { type Block, table, words } from './model.ts';
import { said } from './text.ts';

interface Run {
  plan: Plan;
  state: RolloutState;
}

const compared = 5;

/** The middle of some durations, in whole milliseconds; undefined without any. */
export function median(durations: readonly Milliseconds[]): Milliseconds | undefined {
  const sorted = durations.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? undefined : Math.round((low + high) / 2);
}

/** How long each finished phase took. Hypercare's window lies between the last phase and the steps at its end. */
function phaseDurations({ startedAt, hypercare, milestones }: RolloutState): Map<string, Milliseconds> {
  const ends = milestones.filter(({ type }) => type === 'phase-finished');
  const durations = new Map<string, Milliseconds>();
  let from = Date.parse(startedAt ?? '');
  for (const { at, subject } of ends) {
    const end = Date.parse(at);
    const began =
      hypercare?.endedAt === undefined ? from : Math.max(from, atOrBefore(hypercare.endedAt, end));
    if (subject !== undefined && Number.isFinite(began)) durations.set(subject, end - began);
    from = end;
  }
  return durations;
}

function atOrBefore(iso: string, end: number): number {
  const at = Date.parse(iso);
  return at <= end ? at : Number.NEGATIVE_INFINITY;
}

/** The last runs like this one that had succeeded before it was planned: so the same report always compares the same. */
function runsBefore({ plan, state }: Run, earlier: readonly Run[]): Run[] {
  const alike = ({ plan: other, state: its }: Run) =>
    other.playbook.name === plan.playbook.name &&
    other.environment.name === plan.environment.name &&
    its.succeeded &&
    its.endedAt !== undefined &&
    Date.parse(its.endedAt) <= Date.parse(state.plannedAt);
  return earlier
    .filter(alike)
    .toSorted((a, b) => Date.parse(b.state.endedAt ?? '') - Date.parse(a.state.endedAt ?? ''))
    .slice(0, compared);
}

function comparison(took: Milliseconds, usual: Milliseconds | undefined): string {
  if (usual === undefined) return '–';
  if (took === usual) return 'as usual';
  return `${formatDuration(Math.abs(took - usual))} ${took < usual ? 'faster' : 'slower'}`;
}

/** How long each phase took, against the median of the last five successful runs of the playbook in the environment. */
export function durationBlocks(run: Run, earlier: readonly Run[]): Block[] {
  const before = runsBefore(run, earlier);
  const theirs = before.map(({ state }) => phaseDurations(state));
  const own = phaseDurations(run.state);
  const rows = phasesOf(run.plan).flatMap(({ name, title }) => {
    const took = own.get(name);
    if (took === undefined) return [];
    const usual = median(theirs.flatMap((durations) => durations.get(name) ?? []));
    const known = usual === undefined ? '–' : formatDuration(usual);
    return [[said(title ?? name), formatDuration(took), known, comparison(took, usual)]];
  });
  if (rows.length === 0) return [];
  const against =
    before.length === 0
      ? words('No earlier successful run to compare with.')
      : words(`Compared with: ${before.map(({ state }) => said(state.id)).join(', ')}.`);
  return [...table(['Phase', 'Took', 'Usual', 'Compared'], rows), against];
}
