import { cut } from '../card/words.ts';
import type { GroupReport } from './facts.ts';
import type { AlertSource, Notice } from './notice.ts';
import { type SeverityRule, severityOf, severityRank } from './severity.ts';

/** A group of alerts, or those of its alerts that belong to a rollout. */
export interface ToldGroup {
  id: string;
  source: AlertSource;
  groupKey: string;
  notices: readonly Notice[];
}

/**
 * What is told of a group: counts, its worst severity, what its alerts have in common. Depends on the latest notices
 * alone, in whatever order they came. Texts from outside are cut. Undefined for a group without notices.
 */
export function reportOf(group: ToldGroup, rule: SeverityRule): GroupReport | undefined {
  const notices = group.notices.toSorted(oldestFirst);
  const firing = notices.filter(({ status }) => status === 'firing');
  const told = firing.length > 0 ? firing : notices;
  const first = told[0];
  if (first === undefined) return undefined;
  const labels = commonLabels(told);
  const summary = textOf(first.annotations);
  const resolvedAt = firing.length > 0 ? undefined : latestEnd(notices);
  return {
    id: group.id,
    name: cut(nameOf(group, labels, first), 120),
    severity: cut(worst(told, rule), 40),
    ...(summary === undefined ? {} : { summary: cut(summary, 300) }),
    labels: bounded(labels),
    firing: firing.length,
    total: notices.length,
    since: first.startsAt,
    ...(resolvedAt === undefined ? {} : { resolvedAt }),
    links: linksOf(first),
    source: group.source,
  };
}

function oldestFirst(a: Notice, b: Notice): number {
  return Date.parse(a.startsAt) - Date.parse(b.startsAt) || (a.fingerprint < b.fingerprint ? -1 : 1);
}

function latestEnd(notices: readonly Notice[]): string | undefined {
  return notices
    .flatMap(({ endsAt }) => endsAt ?? [])
    .reduce<string | undefined>(
      (latest, end) => (latest === undefined || Date.parse(end) > Date.parse(latest) ? end : latest),
      undefined,
    );
}

function commonLabels(notices: readonly Notice[]): Record<string, string> {
  const [first, ...others] = notices;
  const common = Object.entries(first?.labels ?? {}).filter(([name, value]) =>
    others.every(({ labels }) => Object.hasOwn(labels, name) && labels[name] === value),
  );
  return Object.fromEntries(common);
}

const mostLabels = 12;

function bounded(labels: Record<string, string>): Record<string, string> {
  const kept = Object.entries(labels)
    .filter(([name]) => name.length <= 60)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, mostLabels);
  return Object.fromEntries(kept.map(([name, value]) => [name, cut(value, 100)]));
}

function nameOf({ groupKey }: ToldGroup, labels: Record<string, string>, first: Notice): string {
  const named = labels.alertname ?? first.groupLabels.alertname ?? first.labels.alertname;
  return named || first.annotations.title || groupKey || 'Alert';
}

function textOf({ summary, description, message }: Notice['annotations']): string | undefined {
  return summary || description || message || undefined;
}

function worst(notices: readonly Notice[], rule: SeverityRule): string {
  const severities = [...new Set(notices.map(({ labels }) => severityOf(labels, rule)))].toSorted();
  return severities.reduce((bad, one) => (severityRank(one, rule) > severityRank(bad, rule) ? one : bad));
}

/** What people follow from an alert; a rule says it in annotations. */
const annotated = { runbook_url: 'Runbook', dashboard_url: 'Dashboard', traces_url: 'Traces' } as const;
const mostLinks = 6;
const longestLink = 1_000;

function linksOf({ links, annotations }: Notice): GroupReport['links'] {
  const named = Object.entries(annotated).flatMap(([name, label]) => {
    const href = annotations[name];
    return href === undefined ? [] : [{ label, href }];
  });
  const safe = [...named, ...links].filter(
    ({ href }, index, all) =>
      /^https?:\/\/\S+$/.test(href) &&
      href.length <= longestLink &&
      all.findIndex((other) => other.href === href) === index,
  );
  return safe.slice(0, mostLinks).map(({ label, href }) => ({ label: cut(label, 40), href }));
}
