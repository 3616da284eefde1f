import { isPage, severityRule } from '../alerts/severity.ts';
import { groupOf } from '../alerts/state.ts';
import { numbersInWords } from '../monitor/budget.ts';
import type { RolloutEvent } from './event.ts';
import type { Plan } from './plan.ts';
import type { Milestone, RolloutState } from './state.ts';
import { stepsOf } from './steps.ts';

type Note = Pick<Milestone, 'type'> & Partial<Pick<Milestone, 'subject' | 'text' | 'chart'>>;

/** What of an event people want to read afterwards; undefined for most. */
export function milestoneOf(plan: Plan, before: RolloutState, event: RolloutEvent): Milestone | undefined {
  const note = noteOf(plan, before, event);
  return note && { seq: event.seq, at: event.at, actor: event.actor, ...note };
}

/** What the bot pins before anybody was asked anything voids nothing, and the step that pinned it tells of it. */
function isQuietPin({ milestones }: RolloutState, { actor }: RolloutEvent): boolean {
  return actor.kind === 'bot' && !milestones.some(({ type }) => type === 'approval-asked');
}

function noteOf(plan: Plan, before: RolloutState, event: RolloutEvent): Note | undefined {
  switch (event.type) {
    case 'rollout.planned':
      return event.data.override && { type: 'overridden', text: event.data.override.reason };
    case 'plan.revised':
      return isQuietPin(before, event) ? undefined : { type: 'plan-revised', text: event.data.reason };
    case 'phase.finished':
      return { type: 'phase-finished', subject: event.data.phase };
    case 'step.waiting':
      return waitingNote(before, event.data);
    case 'step.succeeded':
      return successNote(plan, event.data);
    case 'step.failed':
      return event.data.retryAt === undefined ? failureNote(plan, before, event.data) : undefined;
    case 'step.doubted':
      return { type: 'step-doubted', subject: event.data.step, text: event.data.summary };
    case 'rollback.requested':
      return { type: 'rollback-requested', text: event.data.reason };
    case 'rollback.finished':
      return { type: 'rolled-back' };
    case 'rollout.aborted':
      return { type: 'aborted', ...(event.data.reason === undefined ? {} : { text: event.data.reason }) };
    case 'rollout.succeeded':
      return { type: 'succeeded' };
    case 'hypercare.started':
      return { type: 'hypercare-started' };
    case 'hypercare.noticed':
      return { type: 'hypercare-noticed', text: event.data.summary, ...pictured(event.data.chart) };
    case 'hypercare.checked': {
      const { after, numbers } = event.data;
      const text = numbers && numbersInWords(numbers);
      return { type: 'hypercare-checked', subject: after, ...(text === undefined ? {} : { text }) };
    }
    case 'duty.due':
      return { type: 'duty-due', subject: event.data.duty };
    case 'duty.escalated':
      return { type: 'duty-escalated', subject: event.data.duty };
    case 'hypercare.cleared':
      return { type: 'hypercare-cleared', text: event.data.summary };
    case 'alerts.changed':
      return alertNote(plan, before, event.data);
    case 'alerts.called':
      return { type: 'alerts-called' };
    case 'alerts.escalated':
      return { type: 'alerts-escalated' };
    default:
      return undefined;
  }
}

function pictured(chart: Milestone['chart']): Pick<Milestone, 'chart'> {
  return chart ? { chart } : {};
}

type Data<T extends RolloutEvent['type']> = Extract<RolloutEvent, { type: T }>['data'];

const asked = { approval: 'approval-asked', task: 'task-asked', decision: 'decision-asked' } as const;

function waitingNote(before: RolloutState, { step, waiting, chart }: Data<'step.waiting'>): Note | undefined {
  if (waiting.for === 'time' || before.steps[step]?.waiting?.for === waiting.for) return undefined;
  return { type: asked[waiting.for], subject: step, text: waiting.what, ...pictured(chart) };
}

/** The first alerts, and the end of a page that somebody has acknowledged. */
function alertNote(plan: Plan, before: RolloutState, { groups }: Data<'alerts.changed'>): Note | undefined {
  if (!before.alerts) return { type: 'alerts-began' };
  const rule = severityRule(plan);
  const ended = groups.filter(({ id, firing }) => {
    const known = groupOf(before.alerts, id);
    const awaited = known?.acknowledged !== undefined && known.endTold === undefined && known.firing > 0;
    return awaited && firing === 0 && isPage(known.severity, rule);
  });
  if (ended.length === 0) return undefined;
  return { type: 'alerts-ended', text: ended.map(({ name }) => name).join(', ') };
}

function successNote(plan: Plan, { step, summary, chart }: Data<'step.succeeded'>): Note | undefined {
  const uses = stepsOf(plan).get(step)?.step.uses;
  if (uses === 'approval') return { type: 'approved', subject: step, text: summary };
  if (uses === 'announce') return { type: 'step-announced', subject: step, text: summary };
  if (chart) return { type: 'soak-judged', subject: step, text: summary, chart };
  return undefined;
}

function failureNote(plan: Plan, before: RolloutState, { step, summary, chart }: Data<'step.failed'>): Note {
  const placed = stepsOf(plan).get(step);
  const rejected = before.steps[step]?.answers.some(({ answer }) => answer === 'reject');
  const type = rejected ? 'rejected' : placed?.phase ? 'step-failed' : 'rollback-failed';
  return { type, subject: step, text: summary, ...pictured(chart) };
}
