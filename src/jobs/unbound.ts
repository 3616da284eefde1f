import type { GroupReport } from '../core/alerts/facts.ts';
import { reportOf } from '../core/alerts/report.ts';
import { usualRule } from '../core/alerts/severity.ts';
import { firingGroups } from '../core/alerts/state.ts';
import { unboundCard } from '../core/card/unbound-card.ts';
import { digestOf } from '../core/json.ts';
import type { AlertGroup, Alerts } from '../ports/alerts.ts';
import type { Rollouts } from '../ports/rollouts.ts';
import type { Board } from './outbound/ensure.ts';

/** What stands in place of a rollout's id in the thread of alerts that belong to none. No rollout is called so. */
export const unboundThread = 'alerts-of-no-rollout';

export interface UnboundParts {
  alerts: Pick<Alerts, 'changed' | 'firing' | 'group'>;
  rollouts: Pick<Rollouts, 'list'>;
  /** Takes every known secret out of what senders wrote. */
  redact(group: AlertGroup): AlertGroup;
}

export interface Unbound extends Board {
  /** Looks what fires for no rollout. True when the card has changed. */
  refresh(): Promise<boolean>;
  /** What fires, as of the last look. */
  reports(): readonly GroupReport[];
  /** As of the last look. */
  counts(): { groups: number; alerts: number };
}

/** More groups are counted as so many. */
const most = 500;

/**
 * The alerts that belong to no rollout, from what the journals of alerts and of rollouts say: what fires, what the
 * desks have seen, and what no rollout tells of.
 */
export function createUnbound({ alerts, rollouts, redact }: UnboundParts): Unbound {
  let reports: readonly GroupReport[] = [];
  const read = new Map<string, { version: number; report: GroupReport | undefined }>();

  const reportFor = async ({ id, version }: { id: string; version: number }) => {
    const known = read.get(id);
    if (known?.version === version) return known.report;
    const group = await alerts.group(id);
    const report = group && reportOf(redact(group), usualRule);
    read.set(id, { version, report });
    return report;
  };
  return {
    async refresh() {
      const firing = await alerts.firing(most);
      const unseen = new Set((await alerts.changed(most)).map(({ id }) => id));
      const bound = firing.length > 0 ? await boundGroups(rollouts) : new Set<string>();
      const own = firing.filter(({ id }) => !unseen.has(id) && !bound.has(id));
      for (const id of read.keys()) if (!own.some((group) => group.id === id)) read.delete(id);
      const now: GroupReport[] = [];
      for (const group of own) now.push(...[(await reportFor(group)) ?? []].flat());
      const before = digestOf(unboundCard(reports));
      reports = now.filter((report) => report.firing > 0);
      return digestOf(unboundCard(reports)) !== before;
    },
    reports: () => reports,
    counts: () => ({
      groups: reports.length,
      alerts: reports.reduce((sum, { firing }) => sum + firing, 0),
    }),
    view: (begun) => (begun || reports.length > 0 ? { root: unboundCard(reports), replies: [] } : undefined),
  };
}

async function boundGroups(rollouts: UnboundParts['rollouts']): Promise<Set<string>> {
  const active = await rollouts.list({ active: true, limit: 10_000 });
  const recent = await rollouts.list({ limit: 100 });
  return new Set(
    [...active, ...recent].flatMap(({ state }) => firingGroups(state.alerts).map(({ id }) => id)),
  );
}
