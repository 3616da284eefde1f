import type { Fact } from '../rollout/event.ts';
import type { Folded } from '../rollout/fold.ts';
import type { Due } from './changes.ts';
import { mostGroupsInEvent } from './facts.ts';
import { callWindow, needsCall } from './fold.ts';
import { isPage, type SeverityRule, severityRank, severityRule } from './severity.ts';
import { type AlertGroupState, type AlertsState, isSilenced } from './state.ts';

/** Whom the policy has called for the alerts of an environment's rollouts. */
export interface OnCall {
  roles: readonly string[];
  /** `after` is in milliseconds. */
  escalate: { after: number; roles: readonly string[] };
}

/**
 * Whom to ping now, or when to ask again: once for the first firing of a group, and once more for a page that nobody
 * acknowledged in time. Two pings are at least a minute apart, and each takes along all that is due. Once a rollback
 * is asked for, somebody has acted: nothing is escalated any more.
 */
export function callsOf({ plan, state }: Folded, onCall: OnCall, now: number): Due {
  const { alerts } = state;
  if (!alerts) return { facts: [] };
  const rule = severityRule(plan);
  const firing = alerts.groups.filter((group) => group.firing > 0);
  const heard = firing.filter((group) => !isSilenced(group, now));
  const uncalled = heard.filter((group) => needsCall(group, rule));
  const unanswered = state.rollback ? [] : heard.filter((group) => isUnanswered(group, rule));
  const escalated = unanswered.filter((group) => escalationAt(group, onCall) <= now);
  const free = nextPing(alerts, now);
  const waits = [
    ...unanswered.map((group) => escalationAt(group, onCall)),
    ...firing.flatMap(({ silence }) => (silence?.status === 'set' ? [Date.parse(silence.until)] : [])),
  ].filter((at) => at > now);
  if (uncalled.length + escalated.length > 0 && free > now) return laterAt([...waits, free]);
  if (escalated.length === 0 && uncalled.length === 0) return laterAt(waits);
  const fact = escalated.length > 0 ? escalation(escalated, rule, onCall) : call(uncalled, rule, onCall);
  return { facts: [fact] };
}

function isUnanswered(group: AlertGroupState, rule: SeverityRule): boolean {
  const { calledAt, acknowledged, escalatedAt, severity } = group;
  return calledAt !== undefined && !acknowledged && escalatedAt === undefined && isPage(severity, rule);
}

function escalationAt({ firesSince, since }: AlertGroupState, { escalate }: OnCall): number {
  return Date.parse(firesSince ?? since) + escalate.after;
}

/** A minute after the last ping; at once where another clock than ours wrote it. */
function nextPing({ calls }: AlertsState, now: number): number {
  const last = calls.at(-1);
  if (last === undefined || Math.abs(now - Date.parse(last.at)) >= callWindow) return now;
  return Date.parse(last.at) + callWindow;
}

function laterAt(times: readonly number[]): Due {
  return times.length === 0 ? { facts: [] } : { facts: [], again: Math.min(...times) };
}

function call(groups: readonly AlertGroupState[], rule: SeverityRule, { roles }: OnCall): Fact {
  return { type: 'alerts.called', data: { groups: gravest(groups, rule), roles: [...roles] } };
}

function escalation(groups: readonly AlertGroupState[], rule: SeverityRule, { escalate }: OnCall): Fact {
  return { type: 'alerts.escalated', data: { groups: gravest(groups, rule), roles: [...escalate.roles] } };
}

function gravest(groups: readonly AlertGroupState[], rule: SeverityRule): string[] {
  return groups
    .toSorted((a, b) => severityRank(b.severity, rule) - severityRank(a.severity, rule))
    .slice(0, mostGroupsInEvent)
    .map(({ id }) => id);
}
