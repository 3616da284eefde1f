import { formatDuration } from '../playbook/duration.ts';
import type { Fact, FactData, FactType, RolloutEvent } from '../rollout/event.ts';
import type { Plan } from '../rollout/plan.ts';
import { stepName } from '../rollout/steps.ts';
import { alertWords } from './alert-words.ts';
import { because, instant, said } from './text.ts';

type Words = { [T in FactType]: (data: FactData<T>, step: string) => string };

const answers = {
  approve: 'approved',
  reject: 'rejected',
  done: 'reported done',
  extend: 'extended',
  proceed: 'accepted as it is',
} as const;

function answered(data: FactData<'step.answered'>, step: string): string {
  const evidence = data.evidence === undefined ? '' : `, evidence: ${said(data.evidence)}`;
  const duration = data.duration === undefined ? '' : ` by ${formatDuration(data.duration)}`;
  return `${step} ${answers[data.answer]}${duration}${because(data.reason)}${evidence}`;
}

function planned(data: FactData<'rollout.planned'>): string {
  const at = data.startAt === undefined ? '' : `, to start at ${instant(data.startAt)}`;
  const { override } = data;
  const over =
    override === undefined ? '' : `; overriding ${said(override.of.join(', '))}: ${said(override.reason)}`;
  return `Planned, digest ${data.digest}${at}${over}`;
}

const words: Words = {
  'rollout.planned': planned,
  'rollout.started': () => 'Started',
  'rollout.followed': ({ channel }) => `Also followed in ${channel.platform}:${channel.id}`,
  'rollout.unfollowed': ({ channel }) => `No longer followed in ${channel.platform}:${channel.id}`,
  'rollout.paused': ({ reason }) => `Paused${because(reason)}`,
  'rollout.resumed': ({ reason }) => `Resumed${because(reason)}`,
  'rollout.aborted': ({ reason }) => `Aborted${because(reason)}`,
  'rollout.succeeded': () => 'Succeeded',
  'rollout.released': () => 'Gave the environment back',
  'rollout.reclaimed': () => 'Took the environment again, for the end of hypercare',
  'rollout.superseded': ({ by }) => `Superseded by ${by}`,
  'plan.revised': ({ digest, reason }) => `Plan changed${because(reason)}; digest ${digest}`,
  'phase.finished': ({ phase }) => `Phase ${said(phase)} finished`,
  'step.started': ({ attempt }, step) => `${step} started${attempt > 1 ? `, attempt ${attempt}` : ''}`,
  'step.captured': (_, step) => `${step}: captured what stood there before`,
  'step.waiting': ({ waiting }, step) => `${step} waits: ${said(waiting.what)}`,
  'step.answered': answered,
  'step.succeeded': ({ summary, observed }, step) =>
    `${step} succeeded${observed ? ' (found in place after a crash, not repeated)' : ''}: ${said(summary)}`,
  'step.failed': ({ summary, retryAt }, step) =>
    `${step} failed: ${said(summary)}${retryAt === undefined ? '' : `; tried again at ${instant(retryAt)}`}`,
  'step.doubted': ({ summary, known }, step) =>
    `${step} is in doubt: ${said(summary)}${known.length === 0 ? '' : ` (${said(known.join('; '))})`}`,
  'step.interrupted': ({ why }, step) => `${step} interrupted: ${said(why)}`,
  'step.skipped': ({ reason }, step) => `${step} skipped: ${said(reason)}`,
  'step.reset': ({ reason }, step) => `${step} set back to be tried again${because(reason)}`,
  'step.settled': ({ evidence }, step) => `${step} settled as done: ${said(evidence)}`,
  'rollback.requested': ({ reason }) => `Rollback requested: ${said(reason)}`,
  'rollback.finished': () => 'Rolled back',
  'duty.due': (_, duty) => `Reminded of ${duty}`,
  'duty.escalated': ({ roles }, duty) => `${duty} is not done; told ${said(roles.join(', '))}`,
  'duty.done': ({ evidence }, duty) => `${duty} was done, evidence: ${said(evidence)}`,
  'duty.cancelled': ({ reason }, duty) => `${duty} is no longer to be done: ${said(reason)}`,
  'report.archived': ({ files, events }) =>
    `Archived the report of ${events} events: ${files.map(({ uri }) => said(uri)).join(', ')}`,
  'report.failed': ({ why }) => `The report could not be archived: ${said(why)}`,
  'hypercare.started': ({ until }) => `Hypercare until ${instant(until)}`,
  'hypercare.noticed': ({ summary }) => `Hypercare noticed: ${said(summary)}`,
  'hypercare.cleared': ({ summary }) => `Cleared: ${said(summary)}`,
  ...alertWords,
  'hypercare.extended': ({ until }) => `Hypercare extended until ${instant(until)}`,
  'hypercare.checked': ({ after }) => `Hypercare looked at after ${said(after)}`,
  'hypercare.ended': () => 'The watched window of hypercare ended',
};

function stepOf(plan: Plan, fact: Fact): string {
  if ('duty' in fact.data) return said(stepName(plan, fact.data.duty));
  return 'step' in fact.data ? said(stepName(plan, fact.data.step)) : '';
}

/** What an event says, in one sentence of plain words. */
export function sentence(plan: Plan, event: RolloutEvent): string {
  const word = words[event.type] as (data: RolloutEvent['data'], step: string) => string;
  return word(event.data, stepOf(plan, event));
}
