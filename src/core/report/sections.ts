import { canonicalJson } from '../json.ts';
import { formatNumber } from '../monitor/words.ts';
import { formatDuration } from '../playbook/duration.ts';
import { type Panel, panelsOf } from '../rollout/chart.ts';
import type { RolloutEvent } from '../rollout/event.ts';
import type { Plan } from '../rollout/plan.ts';
import type { RolloutState, StepState } from '../rollout/state.ts';
import { stepsOf } from '../rollout/steps.ts';
import { block, code, instant, plain, table } from './markdown.ts';
import { actorName, sentence } from './sentence.ts';

const mostRows = 500;

function took(from: string | undefined, to: string | undefined): string {
  return from === undefined || to === undefined ? '–' : formatDuration(Date.parse(to) - Date.parse(from));
}

function orDash(iso: string | undefined): string {
  return iso === undefined ? '–' : instant(iso);
}

function stepRows(plan: Plan, state: RolloutState): [string, StepState][] {
  return [...stepsOf(plan).keys()].flatMap((id) => {
    const step = state.steps[id];
    return step === undefined ? [] : [[id, step] as [string, StepState]];
  });
}

/** Each step with its state, attempts, start, duration and summary. */
export function stepTable(plan: Plan, state: RolloutState): string {
  const rows = stepRows(plan, state).map(([id, step]) => {
    const placed = stepsOf(plan).get(id);
    const where = placed?.phase?.name ?? 'rollback';
    const name = placed?.step.name ?? id;
    return [
      plain(where),
      plain(name),
      code(placed?.step.uses ?? ''),
      step.status,
      String(step.attempts),
      orDash(step.startedAt),
      took(step.startedAt, step.endedAt),
      plain(step.summary ?? '', 300),
    ];
  });
  return table(['Phase', 'Step', 'Kind', 'State', 'Attempts', 'Started', 'Took', 'Summary'], rows);
}

/** Every approval, rejection and acceptance: by whom, when, from where, and why. '' when nobody was asked. */
export function approvalTable(plan: Plan, events: readonly RolloutEvent[]): string {
  const rows = events.flatMap((event) => {
    if (event.type !== 'step.answered') return [];
    const { step, answer, reason, evidence } = event.data;
    const name = plain(stepsOf(plan).get(step)?.step.name ?? step);
    return [[instant(event.at), actorName(event.actor), name, answer, plain(reason ?? evidence ?? '', 300)]];
  });
  return rows.length === 0 ? '' : table(['When', 'Who', 'Step', 'Answer', 'Reason or evidence'], rows);
}

/** The steps' intermediate looks are left out: their numbers stand under the measurements. */
function isLook(event: RolloutEvent): boolean {
  return event.type === 'step.waiting' && event.data.waiting.for === 'time';
}

/** What happened, in order, one row an event; the middle is left out of a very long one, and the row says so. */
export function timeline(plan: Plan, events: readonly RolloutEvent[]): string {
  const told = events.filter((event) => !isLook(event));
  const rows = told.map((event) => [
    String(event.seq),
    instant(event.at),
    actorName(event.actor),
    sentence(plan, event),
  ]);
  const left = rows.length - mostRows;
  const half = mostRows / 2;
  const gap = ['…', '', '', `${left} events left out; the journal has them all`];
  const kept = left > 0 ? [...rows.slice(0, half), gap, ...rows.slice(-half)] : rows;
  return table(['No', 'When', 'Who', 'What'], kept);
}

/** What stood there before each change. '' when nothing was captured. */
export function capturedValues(plan: Plan, state: RolloutState): string {
  return stepRows(plan, state)
    .flatMap(([id, step]) => {
      if (step.before === undefined) return [];
      const text = JSON.stringify(JSON.parse(canonicalJson(step.before)), null, 2);
      const cut = text.length > 4_000 ? `${text.slice(0, 4_000)}\n… cut; the journal has it whole` : text;
      return [`${plain(stepsOf(plan).get(id)?.step.name ?? id)} (${code(id)}):\n\n${block(cut, 'json')}`];
    })
    .join('\n\n');
}

function measured(name: string, { unit, series, limit }: Panel): string[][] {
  const measure = (value: number | undefined) =>
    value === undefined ? '–' : `${formatNumber(value)}${unit === '' ? '' : ` ${plain(unit)}`}`;
  return series.map(({ name: of, points }) => {
    const values = points.map(([, value]) => value);
    const some = values.length > 0;
    return [
      name,
      plain(of),
      String(values.length),
      measure(some ? Math.min(...values) : undefined),
      measure(some ? Math.max(...values) : undefined),
      measure(values.at(-1)),
      measure(limit),
    ];
  });
}

/** The numbers behind each step's chart. '' when nothing was measured. */
export function measurements(plan: Plan, state: RolloutState): string {
  const rows = stepRows(plan, state).flatMap(([id, { chart }]) => {
    const name = plain(stepsOf(plan).get(id)?.step.name ?? id);
    return chart === undefined ? [] : panelsOf(chart).flatMap((panel) => measured(name, panel));
  });
  return rows.length === 0 ? '' : table(['Step', 'Series', 'Points', 'Least', 'Most', 'Last', 'Limit'], rows);
}
