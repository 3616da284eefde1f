import type { GroupReport } from '../alerts/facts.ts';
import { severityRank, usualRule } from '../alerts/severity.ts';
import type { Card, Line } from './card.ts';
import { count, cut, dotted } from './words.ts';

const groupsShown = 8;
const linksShown = 5;
const summaryLimit = 200;

/** The alerts that belong to no rollout, as one card that is edited in place; it pings nobody and has no buttons. */
export function unboundCard(reports: readonly GroupReport[]): Card {
  const base = { actions: [], links: linksOf(reports) };
  if (reports.length === 0) {
    const title: Line = ['✓ ', { bold: 'No alert fires' }, ' that belongs to no rollout'];
    return { ...base, tone: 'good', title, lines: [] };
  }
  const groups = reports.toSorted(
    (a, b) =>
      severityRank(b.severity, usualRule) - severityRank(a.severity, usualRule) ||
      Date.parse(a.since) - Date.parse(b.since) ||
      (a.id < b.id ? -1 : 1),
  );
  const more = groups.length - groupsShown;
  return {
    ...base,
    tone: 'watch',
    title: ['🔥 ', { bold: `${count(groups.length, 'group')} of alerts` }, ' of no rollout'],
    lines: [
      ...groups.slice(0, groupsShown).map(groupLine),
      ...(more > 0 ? [[`and ${count(more, 'more group')}`]] : []),
    ],
    links: linksOf(groups),
  };
}

function groupLine({ name, severity, firing, since, summary }: GroupReport): Line {
  return dotted([
    { bold: name },
    severity,
    [`${count(firing, 'alert')} since `, { time: since }],
    summary === undefined ? '' : { italic: cut(summary, summaryLimit) },
  ]);
}

function linksOf(groups: readonly GroupReport[]): Card['links'] {
  const links = groups
    .slice(0, groupsShown)
    .flatMap(({ name, links: [first] }) =>
      first === undefined ? [] : [{ label: `${first.label}: ${cut(name, 40)}`, href: first.href }],
    );
  return links.slice(0, linksShown);
}
