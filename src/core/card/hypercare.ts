import { firingGroups } from '../alerts/state.ts';
import { budgetInWords, numbersInWords } from '../monitor/budget.ts';
import { otherTarget } from '../playbook/scope.ts';
import { endOfRollback } from '../rollout/closing.ts';
import { closingSteps } from '../rollout/phases.ts';
import type { Plan } from '../rollout/plan.ts';
import type { HypercareState, StepStatus } from '../rollout/state.ts';
import type { Line } from './card.ts';
import type { Telling } from './telling.ts';
import { count, cut, list, stepName } from './words.ts';

const findingsShown = 3;
const stepsShown = 8;
const lineLimit = 300;

/** What the watch looks at, by the names that the playbook gives: `errors and p95`; undefined without a watch. */
export function watchedInWords(plan: Plan): string | undefined {
  const series = plan.playbook.hypercare?.watch?.with.series;
  if (series === null || typeof series !== 'object' || Array.isArray(series)) return undefined;
  return cut(list(Object.keys(series)), lineLimit);
}

/** What stays as it was before until the window is over, and what comes then; undefined where nothing can go back. */
export function keptInWords(plan: Plan): string | undefined {
  if (plan.playbook.rollback.length === 0) return undefined;
  const other = otherTarget(plan.playbook.targets, plan.target);
  const kept = other === null ? 'What was there before is kept until then' : `${other} is kept until then`;
  const ending = closingSteps(plan).find(({ endsRollback }) => endsRollback);
  return ending === undefined ? kept : `${kept}; after that: ${stepName(ending)}`;
}

/** Why the rollout can't be rolled back any more though its hypercare is not quite over; undefined while it can. */
export function noWayBack({ plan, state }: Telling): Line | undefined {
  const ended = endOfRollback(plan, state);
  if (ended === undefined) return undefined;
  return [`No rollback any more: ${stepName(ended.step)} began at `, { time: ended.at }];
}

/** The report at the end of the window: what was noticed, what the watch measured, what the steps at its end did. */
export function reportLines({ plan, state }: Telling): Line[] {
  const { hypercare } = state;
  if (hypercare === undefined) return [];
  return [
    ...findings(state.milestones),
    ...alertsOf(state),
    ...measured(hypercare),
    ...closings(plan, state.steps),
  ];
}

function findings(milestones: Telling['state']['milestones']): Line[] {
  const noticed = milestones.filter(({ type }) => type === 'hypercare-noticed');
  const shown = noticed
    .slice(0, findingsShown)
    .map(({ at, text = '' }): Line => ['Noticed at ', { time: at }, `: ${cut(text, lineLimit)}`]);
  const more = noticed.length - shown.length;
  return more > 0 ? [...shown, [`and ${count(more, 'more finding')}`]] : shown;
}

function alertsOf({ alerts }: Telling['state']): Line[] {
  if (alerts === undefined) return [];
  const firing = firingGroups(alerts).length;
  const taken = alerts.groups.filter(({ acknowledged }) => acknowledged !== undefined).length;
  const still = firing === 0 ? 'all resolved' : `${firing} still firing`;
  const answered = taken === 0 ? [] : [`${taken} acknowledged`];
  return [[`Alerts: ${[count(alerts.groups.length, 'group'), ...answered, still].join(', ')}`]];
}

function measured({ numbers, until, startedAt, endedAt = until }: HypercareState): Line[] {
  if (numbers === undefined) return [];
  const window = Date.parse(endedAt) - Date.parse(startedAt);
  const watched = Date.parse(endedAt) - Date.parse(numbers.since);
  const budget = budgetInWords(numbers, window > 0 ? watched / window : 1);
  return [[cut(numbersInWords(numbers), 2 * lineLimit)], ...(budget === undefined ? [] : [[budget]])];
}

const marks: Partial<Record<StepStatus, string>> = { succeeded: '✓', failed: '✗', skipped: '–' };

/** What the steps at the end did, in their own words; what only tells of something is left out. */
function closings(plan: Plan, steps: Telling['state']['steps']): Line[] {
  const told = closingSteps(plan).filter(({ uses }) => uses !== 'announce' && uses !== 'report');
  return told.slice(0, stepsShown).flatMap((step): Line[] => {
    const { status = 'pending', summary } = steps[step.id] ?? {};
    const mark = marks[status];
    if (mark === undefined) return [];
    const said = summary === undefined ? '' : `: ${cut(summary, lineLimit)}`;
    return [[`${mark} ${stepName(step)}${said}`]];
  });
}
