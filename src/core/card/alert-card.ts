import { type AlertGroupState, firingGroups, isSilenced, speakableId } from '../alerts/state.ts';
import type { Chart } from '../rollout/event.ts';
import { stepsOf } from '../rollout/steps.ts';
import { actionsOf } from './actions.ts';
import { afterChange, gravestFirst, groupLine, openGroups, openPages } from './alert-words.ts';
import type { Action, Card, Line, Tone } from './card.ts';
import type { Telling } from './telling.ts';
import { count, cut, list, nameOfStep, restoredInBrief, supersededLine } from './words.ts';

const groupsShown = 8;
const linksShown = 5;
/** Telegram shows at most 64 characters on a button; Slack 75. */
const labelLimit = 64;

/** The alerts of a rollout: one card however many there are, edited in place. Undefined when there were none. */
export function alertCard(telling: Telling): Card | undefined {
  const { alerts } = telling.state;
  if (alerts === undefined) return undefined;
  const groups = gravestFirst(telling, alerts.groups);
  const chart = chartOf(telling);
  return {
    tone: toneOf(telling),
    title: titleOf(telling, groups),
    lines: [
      ...groups.slice(0, groupsShown).map((group) => groupLine(telling, group)),
      moreGroups(telling, groups.length),
      proposal(telling),
      supersededLine(telling.state),
    ].filter((line) => line.length > 0),
    ...(chart === undefined ? {} : { chart }),
    actions: actionsFor(telling, groups),
    links: linksOf(groups),
    drawnAt: alerts.seq,
  };
}

function toneOf(telling: Telling): Tone {
  const { state, now } = telling;
  const firing = firingGroups(state.alerts);
  if (firing.length === 0) return 'good';
  const open = openGroups(state, now).filter(({ acknowledged }) => acknowledged === undefined);
  return open.length > 0 && state.supersededBy === undefined ? 'bad' : 'watch';
}

function titleOf(telling: Telling, groups: readonly AlertGroupState[]): Line {
  const firing = groups.filter((group) => group.firing > 0);
  if (firing.length === 0) {
    const what =
      groups.length === 1 ? 'The alert is resolved' : `All ${groups.length} groups of alerts are resolved`;
    return ['✓ ', { bold: what }];
  }
  const first = firing.reduce((a, b) => (Date.parse(b.since) < Date.parse(a.since) ? b : a));
  const after = afterChange(telling, first.since);
  return [
    '🔥 ',
    { bold: `${count(firing.length, 'group')} firing` },
    ' since ',
    { time: first.since },
    ...(after === '' ? [] : [` (${after})`]),
  ];
}

function moreGroups({ state }: Telling, groups: number): Line {
  if (state.alerts?.crowded)
    return [`and more than ${groups - groupsShown} more groups: see where they come from`];
  return groups > groupsShown ? [`and ${count(groups - groupsShown, 'more group')}`] : [];
}

/** A page asks for a decision, as long as there is one to take. */
function proposal(telling: Telling): Line {
  const { state } = telling;
  if (state.rollback?.finishedAt !== undefined) return ['Rolled back: ', { italic: state.rollback.reason }];
  if (state.rollback !== undefined) return ['Rolling back: ', { italic: state.rollback.reason }];
  const pages = openPages(telling).map(({ name }) => cut(name, 60));
  if (pages.length === 0 || rollBackOf(telling) === undefined) return [];
  const named = pages.length > 3 ? [...pages.slice(0, 2), `${pages.length - 2} more`] : pages;
  return [{ bold: 'Roll back?' }, ` ${list(named)} ${pages.length === 1 ? 'is a page.' : 'are pages.'}`];
}

/** The rollback button that the rollout has now. */
export function rollBackOf(telling: Telling): Action | undefined {
  return actionsOf(telling).find(({ command }) => command === `rollback ${telling.state.id}`);
}

function actionsFor(telling: Telling, groups: readonly AlertGroupState[]): Action[] {
  const { state, now } = telling;
  const firing = groups.filter((group) => group.firing > 0);
  if (firing.length === 0 || state.supersededBy !== undefined) return [];
  const rollBack = rollBackOf(telling);
  const unanswered = firing.filter(({ acknowledged }) => acknowledged === undefined);
  const loud = firing.filter((group) => !isSilenced(group, now) && !isBusy(group));
  const silenced = firing.filter((group) => isSilenced(group, now) || group.silence?.status === 'stuck');
  const extend = actionsOf(telling).find(({ command }) => command === `extend ${state.id}`);
  return [
    rollBack === undefined ? [] : [named(telling, rollBack)],
    acknowledge(state.id, unanswered),
    loud.slice(0, 1).map((group) => silence(state.id, group, firing.length > 1)),
    silenced.slice(0, 1).map((group) => unsilence(state.id, group, firing.length > 1)),
    extend ?? [],
  ].flat();
}

/** The rollback button, with what it restores on it. */
function named({ plan, state }: Telling, action: Action): Action {
  const restored = restoredInBrief(plan, state, labelLimit - `${action.label}: `.length);
  return restored === '' ? action : { ...action, label: `${action.label}: ${restored}` };
}

/** One group by its name in the command; several at once by the rollout's: those that the card showed. */
function acknowledge(id: string, [first, ...others]: readonly AlertGroupState[]): Action[] {
  if (first === undefined) return [];
  if (others.length === 0)
    return [{ label: 'Acknowledge', command: `ack ${speakableId(id, first)}`, style: 'primary' }];
  return [{ label: 'Acknowledge all', command: `ack ${id}`, style: 'primary' }];
}

function silence(id: string, group: AlertGroupState, several: boolean): Action {
  return {
    label: several ? cut(`Silence ${group.name}…`, labelLimit) : 'Silence…',
    command: `silence ${speakableId(id, group)}`,
    ask: 'duration-and-reason',
  };
}

/** A worker is at its silence. */
function isBusy({ silence }: AlertGroupState): boolean {
  return silence?.status === 'asked' || silence?.status === 'ending';
}

function unsilence(id: string, group: AlertGroupState, several: boolean): Action {
  return {
    label: several ? cut(`Remove silence of ${group.name}`, labelLimit) : 'Remove silence',
    command: `unsilence ${speakableId(id, group)}`,
  };
}

function linksOf(groups: readonly AlertGroupState[]): Card['links'] {
  const firing = groups.filter((group) => group.firing > 0);
  const told = firing.length > 0 ? firing : groups;
  const links = told.flatMap((group) =>
    group.links.map(({ label, href }) => ({ label, href, of: group.name })),
  );
  const once = links.filter(({ href }, index) => links.findIndex((other) => other.href === href) === index);
  const shown = once.slice(0, linksShown);
  return shown.map(({ label, href, of }) => {
    const twice = shown.filter((other) => other.label === label).length > 1;
    return { label: twice ? `${label}: ${cut(of, 40)}` : label, href };
  });
}

/** The signal that the rollout is watched by, around its switch. */
function chartOf({ plan, state }: Telling): Chart | undefined {
  const { hypercare } = state;
  const steps = [...stepsOf(plan).keys()].toReversed();
  const soak = steps.map((id) => state.steps[id]?.chart).find((chart) => chart !== undefined);
  const chart = hypercare?.finding?.chart ?? hypercare?.chart ?? soak;
  if (chart === undefined || chart.mark !== undefined) return chart;
  const last = steps.find(
    (id) => state.steps[id]?.before !== undefined && state.steps[id]?.endedAt !== undefined,
  );
  const at = last && state.steps[last]?.endedAt;
  return last && at ? { ...chart, mark: { at: Date.parse(at), label: nameOfStep(plan, last) } } : chart;
}
