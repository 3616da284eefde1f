import { cut } from '../card/words.ts';
import type { EnvironmentFact } from '../environment/event.ts';
import type { EnvironmentState } from '../environment/state.ts';
import { endOfRollback } from '../rollout/closing.ts';
import type { Fact } from '../rollout/event.ts';
import type { Folded } from '../rollout/fold.ts';
import { suppose } from '../rollout/suppose.ts';
import { type Binding, beganInTime, belongs, bindingOf, isOpen } from './binding.ts';
import { callsOf, type OnCall } from './calls.ts';
import { changesOf, type Due } from './changes.ts';
import type { GroupReport } from './facts.ts';
import type { Notice } from './notice.ts';
import { reportOf, type ToldGroup } from './report.ts';
import { isPage, severityRule } from './severity.ts';
import { type AlertGroupState, firingGroups, groupOf, isSilenced } from './state.ts';

/** What a rollout's journal is to learn of alerts now, and when to ask again (milliseconds since the epoch). */
export interface AlertDecision {
  facts: Fact[];
  /** A rollback takes the environment back in the same step. */
  environment: EnvironmentFact[];
  /** Groups whose change is not recorded yet: it is not time. */
  waiting: readonly string[];
  again?: number;
}

/**
 * Decides what alerts mean for a rollout: what has changed in its groups, whether that rolls it back, and who is
 * pinged. Pure, and from the journal and the latest notices alone, so that any number of workers and restarts come to
 * the same. `groups` are those that may have changed; the others stand as they were told last.
 */
export function decideAlerts(
  before: Folded,
  environment: EnvironmentState,
  groups: readonly ToldGroup[],
  onCall: OnCall,
  now: number,
): AlertDecision {
  const at = new Date(now).toISOString();
  const changes = changesOf(before, reportsFor(before, groups, now), now);
  const told = suppose(before, changes.facts, at);
  const back = isWatched(told) ? rollbackFor(told, environment, now) : undefined;
  const acted = back ? suppose(told, back.facts, at) : told;
  const calls: Due = isWatched(acted) ? callsOf(acted, onCall, now) : { facts: [] };
  const next = calls.facts.length > 0 ? callsOf(suppose(acted, calls.facts, at), onCall, now) : calls;
  const times = [changes.again, next.again].filter((time) => time !== undefined);
  return {
    facts: [...changes.facts, ...(back?.facts ?? []), ...calls.facts],
    environment: back?.environment ?? [],
    waiting: changes.waiting,
    ...(times.length > 0 ? { again: Math.min(...times) } : {}),
  };
}

/** Reports of what belongs to the rollout. New groups come only while it takes them; known ones are followed to their end. */
function reportsFor({ plan, state }: Folded, groups: readonly ToldGroup[], now: number): GroupReport[] {
  const binding = bindingOf(plan, state);
  if (!binding) return [];
  const rule = severityRule(plan);
  return groups.flatMap((group) => {
    const known = groupOf(state.alerts, group.id) !== undefined;
    if (!isOpen(binding, now) && !known) return [];
    return reportOf({ ...group, notices: ownOf(group, binding, known) }, rule) ?? [];
  });
}

/** What was told as firing can end before the window began: by a clock that is behind, or when its end is told late. */
function ownOf({ notices }: ToldGroup, binding: Binding, known: boolean): Notice[] {
  const own = notices.filter((notice) => belongs(notice, binding));
  return own.length > 0 || !known ? own : notices.filter((notice) => beganInTime(notice, binding));
}

/** People are called for it: neither it nor its hypercare has ended, and no newer rollout has taken its place. */
function isWatched({ state }: Folded): boolean {
  const over = state.succeeded || state.aborted !== undefined || state.supersededBy !== undefined;
  const ended = state.rollback?.finishedAt !== undefined || state.hypercare?.endedAt !== undefined;
  return !over && !ended;
}

/** Whether a page can roll the rollout back by itself, or people by a button: it is not under way, and nothing newer stands. */
function rollbackFor(
  { plan, state }: Folded,
  environment: EnvironmentState,
  now: number,
): { facts: Fact[]; environment: EnvironmentFact[] } | undefined {
  if (plan.playbook.hypercare?.alerts?.page !== 'rollback' || plan.playbook.rollback.length === 0)
    return undefined;
  if (endOfRollback(plan, state) !== undefined) return undefined;
  if (state.rollback || (environment.newest !== undefined && environment.newest !== state.id))
    return undefined;
  const page = firingGroups(state.alerts).find((group) => rollsBack({ plan, state }, group, now));
  if (!page) return undefined;
  const said = page.summary === undefined ? '' : `: ${page.summary}`;
  const reason = cut(`${page.name} (${page.severity}) fires${said}`, 300);
  const mine = environment.claimedBy === state.id;
  return {
    facts: [{ type: 'rollback.requested', data: { reason } }],
    environment: mine ? [] : [{ type: 'environment.claimed', data: { rollout: state.id } }],
  };
}

/** A page that began after the change, and that nobody has taken in hand. */
function rollsBack({ plan, state }: Folded, group: AlertGroupState, now: number): boolean {
  const binding = bindingOf(plan, state);
  const began = binding !== undefined && Date.parse(group.since) >= binding.from;
  const open = group.acknowledged === undefined && !isSilenced(group, now);
  return began && open && isPage(group.severity, severityRule(plan));
}
