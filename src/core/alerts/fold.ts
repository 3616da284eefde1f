import { milliseconds } from '../playbook/duration.ts';
import type { FactData, RolloutEvent } from '../rollout/event.ts';
import type { Plan } from '../rollout/plan.ts';
import type { alertFacts } from './facts.ts';
import { isPage, type SeverityRule, severityRank, severityRule } from './severity.ts';
import type { AlertCall, AlertGroupState, AlertsState, SilenceState } from './state.ts';

export type AlertEvent = Extract<RolloutEvent, { type: keyof typeof alertFacts }>;

export function isAlertEvent(event: RolloutEvent): event is AlertEvent {
  return event.type.startsWith('alert');
}

/** Groups that begin so soon after people were pinged belong to the same message; milliseconds. */
export const callWindow = milliseconds('1m');

/** A group that was quiet for so long fires anew: whoever acknowledged it is not taken to know; milliseconds. */
const quietFor = milliseconds('10m');

/** What the alerts of a rollout are after an event about them. */
export function alertsAfter(
  plan: Plan,
  before: AlertsState | undefined,
  event: AlertEvent,
): AlertsState | undefined {
  const after = afterEvent(plan, before, event);
  return after && { ...after, seq: event.seq };
}

function afterEvent(plan: Plan, before: AlertsState | undefined, event: AlertEvent): AlertsState | undefined {
  if (event.type === 'alerts.changed') return changed(plan, before, event);
  if (before === undefined) return undefined;
  switch (event.type) {
    case 'alerts.called':
      return called(before, event, 'call');
    case 'alerts.escalated':
      return called(before, event, 'escalation');
    default:
      return {
        ...before,
        groups: before.groups.map((group) =>
          group.id === event.data.group ? groupAfter(group, event) : group,
        ),
      };
  }
}

type GroupEvent = Extract<AlertEvent, { data: { group: string } }>;

function groupAfter(group: AlertGroupState, event: GroupEvent): AlertGroupState {
  switch (event.type) {
    case 'alert.acknowledged':
      return { ...group, acknowledged: { by: event.actor, at: event.at, ...said(event.data.reason) } };
    case 'alert.silence-asked': {
      const { until, reason, matchers } = event.data;
      return {
        ...group,
        silence: {
          by: event.actor,
          at: event.at,
          until,
          reason,
          matchers,
          operation: operationOf(event),
          status: 'asked',
        },
      };
    }
    case 'alert.silenced': {
      const { silence: id, until } = event.data;
      const set = { status: 'set' as const, until, ...(id === undefined ? {} : { id }) };
      return withSilence(group, set);
    }
    case 'alert.silence-failed': {
      const { why, removal } = event.data;
      return withSilence(group, { status: removal ? 'stuck' : 'failed', why });
    }
    case 'alert.unsilence-asked': {
      const ending = { by: event.actor, at: event.at, ...said(event.data.reason) };
      return withSilence(group, { status: 'ending', ending });
    }
    case 'alert.silence-removed': {
      const { silence: _, ...open } = group;
      return open;
    }
  }
}

function withSilence(group: AlertGroupState, changes: Partial<SilenceState>): AlertGroupState {
  return group.silence ? { ...group, silence: { ...group.silence, ...changes } } : group;
}

/** Short, and never the same for two silences, also of several bots at one Alertmanager. */
function operationOf({ hash }: AlertEvent): string {
  return hash.replace(/^sha256:/, '').slice(0, 20);
}

function said(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason };
}

function changed(
  plan: Plan,
  before: AlertsState | undefined,
  event: Extract<AlertEvent, { type: 'alerts.changed' }>,
): AlertsState {
  const known = new Map(before?.groups.map((group) => [group.id, group]));
  for (const told of event.data.groups) known.set(told.id, toldAgain(known.get(told.id), told, event.at));
  const after: AlertsState = {
    ...before,
    seq: event.seq,
    changedAt: event.at,
    changes: (before?.changes ?? 0) + 1,
    groups: [...known.values()],
    calls: before?.calls ?? [],
    ...(event.data.crowded ? { crowded: true } : {}),
  };
  return joinCall(plan, after, event.at);
}

type Told = FactData<'alerts.changed'>['groups'][number];

/** The latest telling, with what people did about the group. One that fires anew is nobody's until somebody looks. */
function toldAgain(before: AlertGroupState | undefined, told: Told, at: string): AlertGroupState {
  const own = before ? ownOf(before) : {};
  if (told.firing === 0) {
    const noted = before !== undefined && before.firing > 0 && before.acknowledged !== undefined;
    return { ...own, ...told, ...(noted ? { endTold: true } : {}) };
  }
  if (before?.firesSince === undefined) return { ...own, ...told, firesSince: at };
  const quiet = Date.parse(told.since) - Date.parse(before.resolvedAt ?? told.since);
  if (before.firing > 0 || quiet < quietFor) return { ...own, ...told };
  const { acknowledged: _a, escalatedAt: _e, endTold: _t, ...anew } = own;
  return { ...anew, ...told, firesSince: at };
}

type Own = Omit<AlertGroupState, keyof Told>;

function ownOf({ firesSince, calledAt, escalatedAt, acknowledged, endTold, silence }: AlertGroupState): Own {
  return {
    ...(firesSince === undefined ? {} : { firesSince }),
    ...(calledAt === undefined ? {} : { calledAt }),
    ...(escalatedAt === undefined ? {} : { escalatedAt }),
    ...(acknowledged === undefined ? {} : { acknowledged }),
    ...(endTold === undefined ? {} : { endTold }),
    ...(silence === undefined ? {} : { silence }),
  };
}

function called(
  before: AlertsState,
  { seq, at, data }: Extract<AlertEvent, { type: 'alerts.called' | 'alerts.escalated' }>,
  kind: AlertCall['kind'],
): AlertsState {
  const mark = kind === 'call' ? { calledAt: at } : { escalatedAt: at };
  return {
    ...before,
    groups: before.groups.map((group) => (data.groups.includes(group.id) ? { ...group, ...mark } : group)),
    calls: [...before.calls, { seq, at, kind, roles: data.roles, groups: data.groups }],
  };
}

/** A group that began to fire and that nobody was pinged about. */
export function needsCall({ calledAt, firing, severity }: AlertGroupState, rule: SeverityRule): boolean {
  return calledAt === undefined && firing > 0 && severityRank(severity, rule) > 0;
}

/** What begins within the minute after people were pinged is told in the same message, unless it is graver than that. */
function joinCall(plan: Plan, alerts: AlertsState, at: string): AlertsState {
  const last = alerts.calls.findLast(({ kind }) => kind === 'call');
  if (last === undefined || Date.parse(at) - Date.parse(last.at) >= callWindow) return alerts;
  const rule = severityRule(plan);
  const aboutPage = alerts.groups.some(
    ({ id, severity }) => last.groups.includes(id) && isPage(severity, rule),
  );
  const joining = alerts.groups.filter(
    (group) => needsCall(group, rule) && (aboutPage || !isPage(group.severity, rule)),
  );
  if (joining.length === 0) return alerts;
  const ids = joining.map(({ id }) => id);
  return {
    ...alerts,
    groups: alerts.groups.map((group) => (ids.includes(group.id) ? { ...group, calledAt: at } : group)),
    calls: alerts.calls.map((call) => (call === last ? { ...call, groups: [...call.groups, ...ids] } : call)),
  };
}
