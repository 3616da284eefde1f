import { changeBefore } from '../alerts/binding.ts';
import { isPage, severityRank, severityRule } from '../alerts/severity.ts';
import { type AlertGroupState, firingGroups, isSilenced, speakableId } from '../alerts/state.ts';
import { formatDuration } from '../playbook/duration.ts';
import type { RolloutState } from '../rollout/state.ts';
import type { Line } from './card.ts';
import type { Telling } from './telling.ts';
import { count, cut, dotted, nameOfStep, personSpan } from './words.ts';

const summaryLimit = 200;

/** The gravest first, what fires before what is over, then the oldest. */
export function gravestFirst({ plan }: Pick<Telling, 'plan'>, groups: readonly AlertGroupState[]) {
  const rule = severityRule(plan);
  return groups.toSorted(
    (a, b) =>
      Number(b.firing > 0) - Number(a.firing > 0) ||
      severityRank(b.severity, rule) - severityRank(a.severity, rule) ||
      Date.parse(a.since) - Date.parse(b.since) ||
      a.n - b.n,
  );
}

/** Groups that fire and that nobody has silenced. */
export function openGroups({ alerts }: RolloutState, now: number): AlertGroupState[] {
  return firingGroups(alerts).filter((group) => !isSilenced(group, now));
}

/** Pages that fire and that nobody has silenced. */
export function openPages({ plan, state, now }: Telling): AlertGroupState[] {
  const rule = severityRule(plan);
  return openGroups(state, now).filter(({ severity }) => isPage(severity, rule));
}

/** A group of alerts, as the card lists it. */
export function groupLine({ state, now }: Telling, group: AlertGroupState): Line {
  const { name, severity, summary, acknowledged } = group;
  return dotted([
    { bold: name },
    severity,
    standing(group),
    acknowledged ? ['acknowledged by ', personSpan(acknowledged.by), ' at ', { time: acknowledged.at }] : '',
    silenceInWords(group, now),
    summary === undefined ? '' : { italic: cut(summary, summaryLimit) },
    { code: speakableId(state.id, group) },
  ]);
}

function standing({ firing, total, since, resolvedAt }: AlertGroupState): Line {
  if (firing === 0) {
    if (resolvedAt === undefined) return ['resolved'];
    const took = formatDuration(Math.max(1_000, Date.parse(resolvedAt) - Date.parse(since)));
    return ['resolved at ', { time: resolvedAt }, ` after ${took}`];
  }
  const amount = firing === total ? count(firing, 'alert') : `${firing} of ${count(total, 'alert')}`;
  return [`${amount} since `, { time: since }];
}

/** Where the source has no silences, or no address of it is known. */
const onlyHere = 'muted in Cutover only (others may still be paged) until ';

function silenceInWords(group: AlertGroupState, now: number): Line {
  const { silence } = group;
  if (silence === undefined || group.firing === 0) return [];
  const why = cut(silence.why ?? '', summaryLimit);
  const by: Line = [' by ', personSpan(silence.by), ': ', { italic: cut(silence.reason, summaryLimit) }];
  switch (silence.status) {
    case 'failed':
      return [`could not be silenced: ${why}`];
    case 'asked':
      return ['silence asked for', ...by];
    case 'ending':
      return ['silence being removed', ...(silence.ending ? [' for ', personSpan(silence.ending.by)] : [])];
    case 'stuck':
      return [
        `still silenced at its source until `,
        { time: silence.until },
        `, could not be removed: ${why}`,
      ];
    case 'set':
      if (!isSilenced(group, now)) return [];
      return [silence.id === undefined ? onlyHere : 'silenced until ', { time: silence.until }, ...by];
  }
}

/** `5 min after Flip hosts`: what changed before something began. */
export function afterChange({ plan, state }: Telling, since: string): string {
  const change = changeBefore(plan, state, Date.parse(since));
  if (change === undefined) return '';
  const elapsed = Math.max(1_000, Date.parse(since) - change.at);
  return `${formatDuration(elapsed)} after ${nameOfStep(plan, change.step)}`;
}

const named = 3;

/** The groups that fire, in one line of the root card. */
export function alertLine(telling: Telling): Line {
  const firing = gravestFirst(telling, firingGroups(telling.state.alerts));
  if (firing.length === 0) return [];
  const shown = firing.slice(0, named).map(({ name, severity }) => `${cut(name, 60)} (${severity})`);
  const more = firing.length > named ? [`and ${firing.length - named} more`] : [];
  return [`🔥 Alerts: ${[...shown, ...more].join(', ')}`];
}
