import { speakableId } from '../alerts/state.ts';
import { budgetInWords } from '../monitor/budget.ts';
import { measure } from '../monitor/words.ts';
import { dutiesOf } from '../rollout/duties.ts';
import type { Plan } from '../rollout/plan.ts';
import type { HypercareState, RolloutState } from '../rollout/state.ts';
import { stepName } from '../rollout/steps.ts';
import { type Block, table, type Words, words } from './model.ts';
import { actorName, because, instant, orDash, said, took } from './text.ts';

type Group = NonNullable<RolloutState['alerts']>['groups'][number];

function silenceOf({ silence }: Group): string {
  if (silence === undefined) return '–';
  const asked = `by ${actorName(silence.by)} until ${instant(silence.until)}${because(silence.reason)}`;
  if (silence.status === 'set') return asked;
  return silence.status === 'asked' ? `asked ${asked}` : `could not be set${because(silence.why)}`;
}

function takenBy({ acknowledged }: Group): string {
  if (acknowledged === undefined) return '–';
  return `${actorName(acknowledged.by)}, ${instant(acknowledged.at)}${because(acknowledged.reason)}`;
}

/** Every group of alerts that belonged to the rollout: how bad, from when to when, who took it in hand, who silenced it. */
export function alertTable({ id, alerts }: RolloutState): Block[] {
  const rows = (alerts?.groups ?? []).map((group): Words[] => [
    { code: speakableId(id, group) },
    said(group.name, 120),
    said(group.severity, 40),
    instant(group.since),
    group.firing > 0 ? `${group.firing} of ${group.total} still firing` : orDash(group.resolvedAt),
    takenBy(group),
    silenceOf(group),
  ]);
  return table(['Id', 'Alert', 'Severity', 'From', 'To', 'Acknowledged', 'Silenced'], rows);
}

/** The watched window: how long, what the watch measured, what is left of the error budget, what it noticed. */
export function hypercareBlocks({ hypercare, milestones }: RolloutState): Block[] {
  if (hypercare === undefined) return [];
  const { startedAt, until, endedAt } = hypercare;
  const over = endedAt === undefined ? `planned until ${instant(until)}` : `until ${instant(endedAt)}`;
  const noticed = milestones
    .filter(({ type }) => type === 'hypercare-noticed' || type === 'hypercare-cleared')
    .map(({ at, type, text }) => [
      instant(at),
      type === 'hypercare-noticed' ? 'noticed' : 'cleared',
      said(text ?? ''),
    ]);
  return [
    words(`From ${instant(startedAt)}, ${over}.`),
    ...measuredIn(hypercare),
    ...table(['When', 'Finding', 'What'], noticed),
  ];
}

function measuredIn({ numbers, startedAt, until, endedAt = until }: HypercareState): Block[] {
  if (numbers === undefined) return [];
  const { cycles, series, since } = numbers;
  const window = Date.parse(endedAt) - Date.parse(startedAt);
  const budget = budgetInWords(numbers, window > 0 ? (Date.parse(endedAt) - Date.parse(since)) / window : 1);
  const looks = cycles.passed + cycles.failed + cycles.inconclusive;
  const rows = series.map(({ name, unit, limit, mean, most, last }) => [
    said(name),
    ...[mean, most, last, limit].map((value) => (value === undefined ? '–' : said(measure(value, unit)))),
  ]);
  return [
    ...(budget === undefined ? [] : [words(`${said(budget)}.`)]),
    words(
      `${cycles.passed} of ${looks} looks passed, ${cycles.failed} failed, ${cycles.inconclusive} inconclusive.`,
    ),
    ...table(['Series', 'Mean', 'Most', 'Last', 'Limit'], rows),
  ];
}

/** The rollback: asked by whom and why, how long it took, and what each of its steps restored. */
export function rollbackBlocks(plan: Plan, { rollback, steps }: RolloutState): Block[] {
  if (rollback === undefined) return [];
  const { by, at, reason, finishedAt } = rollback;
  const end =
    finishedAt === undefined
      ? 'It had not finished when this was written.'
      : `Restored in ${took(at, finishedAt)}.`;
  const rows = plan.playbook.rollback.flatMap(({ id }) => {
    const step = steps[id];
    if (step === undefined) return [];
    return [
      [said(stepName(plan, id)), step.status, took(step.startedAt, step.endedAt), said(step.summary ?? '')],
    ];
  });
  return [
    words(`Asked for by ${actorName(by)} at ${instant(at)}${because(reason)}. ${end}`),
    ...table(['Step', 'State', 'Took', 'What'], rows),
  ];
}

/** What is to be done after the launch, and what was. */
export function dutyTable(plan: Plan, state: RolloutState): Block[] {
  const rows = dutiesOf({ plan, state }).map((duty) => {
    const { done, cancelled } = duty;
    const how = done
      ? `${actorName(done.by)}, ${instant(done.at)}${because(done.evidence)}`
      : said(cancelled?.reason ?? '–');
    return [said(duty.text), said(duty.owner ?? duty.role ?? '–'), instant(duty.due), duty.status, how];
  });
  return table(['Duty', 'Owner', 'Due', 'State', 'Done by'], rows);
}
