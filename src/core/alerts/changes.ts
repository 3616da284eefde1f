import { canonicalJson } from '../json.ts';
import type { Fact, FactData } from '../rollout/event.ts';
import type { Folded } from '../rollout/fold.ts';
import { type GroupReport, mostGroupsInEvent, reportSchema } from './facts.ts';
import { isPage, type SeverityRule, severityRank, severityRule } from './severity.ts';
import type { AlertGroupState, AlertsState } from './state.ts';

/** What to record now, and when there is more to record; milliseconds since the epoch. */
export interface Due {
  facts: Fact[];
  again?: number;
}

/** Changes that are due, and the groups whose change has to wait. */
export interface Changes extends Due {
  waiting: readonly string[];
}

/** So many groups are told of one by one in one rollout; beyond them only pages, and no more than half as many again. */
export const mostGroups = 200;
const mostWithPages = 300;

type Told = FactData<'alerts.changed'>['groups'][number];

/**
 * What the journal has to learn of the groups of a rollout, paced: the first firing of a group at once, a second after
 * another one at the soonest; changes of what is known every 5 s, and more rarely when there were very many. All that
 * is new goes along when it is time.
 */
export function changesOf({ plan, state }: Folded, reports: readonly GroupReport[], now: number): Changes {
  const rule = severityRule(plan);
  const { alerts } = state;
  const known = new Map(alerts?.groups.map((group) => [group.id, group]));
  const { told, crowded } = admitted(alerts, numbered(known, reports), rule);
  const fresh = told.filter((report) => isNews(known.get(report.id), report));
  const crowds = crowded && alerts?.crowded !== true;
  if (fresh.length === 0 && !crowds) return { facts: [], waiting: [] };
  const urgent = fresh.some(({ id, firing }) => !known.has(id) && firing > 0);
  const due = alerts === undefined ? now : nextAt(alerts, urgent, now);
  if (due <= now) return { facts: eventsOf(fresh, crowds), waiting: [] };
  return { facts: [], again: due, waiting: fresh.map(({ id }) => id) };
}

/** Known groups keep their number; new ones are numbered on, in the order in which they are handed in. */
function numbered(known: ReadonlyMap<string, AlertGroupState>, reports: readonly GroupReport[]): Told[] {
  let last = Math.max(0, ...[...known.values()].map(({ n }) => n));
  return reports.map((report) => ({ ...report, n: known.get(report.id)?.n ?? ++last }));
}

function isNews(before: AlertGroupState | undefined, told: Told): boolean {
  if (before === undefined) return true;
  const shape = reportSchema.keyof().options;
  const said = Object.fromEntries(
    shape.flatMap((key) => (before[key] === undefined ? [] : [[key, before[key]]])),
  );
  const { n: _, ...report } = told;
  return canonicalJson(said) !== canonicalJson(report);
}

/** The groups that are told of one by one: all that are known, then new ones, pages first, as far as there is room. */
function admitted(
  alerts: AlertsState | undefined,
  told: readonly Told[],
  rule: SeverityRule,
): { told: Told[]; crowded: boolean } {
  const known = new Set(alerts?.groups.map(({ id }) => id));
  const fresh = told.filter(({ id }) => !known.has(id));
  if (known.size + fresh.length <= mostGroups) return { told: [...told], crowded: false };
  const gravest = fresh.toSorted((a, b) => severityRank(b.severity, rule) - severityRank(a.severity, rule));
  const taken = gravest.filter(({ severity }, index) => {
    const place = known.size + index;
    return place < (isPage(severity, rule) ? mostWithPages : mostGroups);
  });
  const numbers = Math.max(0, ...(alerts?.groups ?? []).map(({ n }) => n));
  const renumbered = taken.map((group, index) => ({ ...group, n: numbers + index + 1 }));
  const again = told.filter(({ id }) => known.has(id));
  return { told: [...again, ...renumbered], crowded: taken.length < fresh.length };
}

const second = 1_000;

/** When the next change may be recorded. A clock that differs from the last writer's does not hold it up. */
function nextAt({ changedAt, changes }: AlertsState, urgent: boolean, now: number): number {
  const gap = urgent ? second : usualGap(changes);
  const last = Date.parse(changedAt);
  return Math.abs(now - last) >= gap ? now : last + gap;
}

function usualGap(changes: number): number {
  if (changes < 60) return 5 * second;
  return changes < 120 ? 30 * second : 60 * second;
}

function eventsOf(fresh: readonly Told[], crowds: boolean): Fact[] {
  const events: Fact[] = [];
  for (let from = 0; from < fresh.length || events.length === 0; from += mostGroupsInEvent) {
    const data = { groups: fresh.slice(from, from + mostGroupsInEvent) };
    events.push({
      type: 'alerts.changed',
      data: crowds && from === 0 ? { ...data, crowded: true } : data,
    });
  }
  return events;
}
