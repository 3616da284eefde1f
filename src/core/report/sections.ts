import { canonicalJson } from '../json.ts';
import { formatNumber } from '../monitor/words.ts';
import { type Panel, panelsOf } from '../rollout/chart.ts';
import type { Chart, RolloutEvent } from '../rollout/event.ts';
import type { Plan } from '../rollout/plan.ts';
import type { RolloutState, StepState } from '../rollout/state.ts';
import { stepName, stepsOf } from '../rollout/steps.ts';
import { type Block, table } from './model.ts';
import { actorName, instant, orDash, said, took } from './text.ts';

function stepRows(plan: Plan, state: RolloutState): [string, StepState][] {
  return [...stepsOf(plan).keys()].flatMap((id) => {
    const step = state.steps[id];
    return step === undefined ? [] : [[id, step] as [string, StepState]];
  });
}

/** Each step with its state, attempts, start, duration and summary. */
export function stepTable(plan: Plan, state: RolloutState): Block[] {
  const rows = stepRows(plan, state).map(([id, step]) => {
    const placed = stepsOf(plan).get(id);
    return [
      said(placed?.phase?.name ?? 'rollback'),
      said(stepName(plan, id)),
      { code: placed?.step.uses ?? '' },
      step.status,
      String(step.attempts),
      orDash(step.startedAt),
      took(step.startedAt, step.endedAt),
      said(step.summary ?? '', 300),
    ];
  });
  return table(['Phase', 'Step', 'Kind', 'State', 'Attempts', 'Started', 'Took', 'Summary'], rows);
}

/** Every approval, rejection and acceptance: by whom, when, from where, and why. */
export function approvalTable(plan: Plan, events: readonly RolloutEvent[]): Block[] {
  const rows = events.flatMap((event) => {
    if (event.type !== 'step.answered') return [];
    const { step, answer, reason, evidence } = event.data;
    const name = said(stepName(plan, step));
    return [[instant(event.at), actorName(event.actor), name, answer, said(reason ?? evidence ?? '', 300)]];
  });
  return table(['When', 'Who', 'Step', 'Answer', 'Reason or evidence'], rows);
}

/** What stood there before each change. */
export function capturedValues(plan: Plan, state: RolloutState): Block[] {
  return stepRows(plan, state).flatMap(([id, step]): Block[] => {
    if (step.before === undefined) return [];
    const text = JSON.stringify(JSON.parse(canonicalJson(step.before)), null, 2);
    const cut = text.length > 4_000 ? `${text.slice(0, 4_000)}\n… cut; the journal has it whole` : text;
    return [{ kind: 'text', title: [said(stepName(plan, id)), ' (', { code: id }, ')'], text: cut }];
  });
}

function measured(name: string, { unit, series, limit }: Panel): string[][] {
  const measure = (value: number | undefined) =>
    value === undefined ? '–' : `${formatNumber(value)}${unit === '' ? '' : ` ${said(unit)}`}`;
  return series.map(({ name: of, points }) => {
    const values = points.map(([, value]) => value);
    const some = values.length > 0;
    return [
      name,
      said(of),
      String(values.length),
      measure(some ? Math.min(...values) : undefined),
      measure(some ? Math.max(...values) : undefined),
      measure(values.at(-1)),
      measure(limit),
    ];
  });
}

/** The charts of the steps, and of what hypercare noticed last. */
function chartsOf(plan: Plan, state: RolloutState): { name: string; chart: Chart }[] {
  const watch = state.hypercare?.finding?.chart ?? state.hypercare?.chart;
  return [
    ...stepRows(plan, state).flatMap(([id, { chart }]) =>
      chart === undefined ? [] : [{ name: said(stepName(plan, id)), chart }],
    ),
    ...(watch === undefined ? [] : [{ name: 'Hypercare', chart: watch }]),
  ];
}

/** Each chart, and the numbers behind them all. */
export function measurements(plan: Plan, state: RolloutState): Block[] {
  const charts = chartsOf(plan, state);
  const rows = charts.flatMap(({ name, chart }) => panelsOf(chart).flatMap((panel) => measured(name, panel)));
  return [
    ...charts.map(({ chart }): Block => ({ kind: 'chart', chart })),
    ...table(['Step', 'Series', 'Points', 'Least', 'Most', 'Last', 'Limit'], rows),
  ];
}
