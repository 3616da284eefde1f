import { list, nameOf, nameOfStep } from '../core/card/words.ts';
import type { Actor } from '../core/rollout/actor.ts';
import type { Milestone, RolloutState, RolloutStatus, StepStatus } from '../core/rollout/state.ts';
import { statusOf } from '../core/rollout/status.ts';
import type { Rollout } from '../ports/rollouts.ts';
import { type Asked, time } from './asked.ts';

/** How a rollout stands, in one sentence for a refusal. */
export function storyOf({ plan, state }: Rollout, asked: Pick<Asked, 'policy'>): string {
  const { id } = state;
  const when = (at: string | undefined) => (at === undefined ? '' : ` ${time(asked, at)}`);
  const stories: Record<RolloutStatus, () => string> = {
    planned: () => (state.startAt ? `${id} starts at${when(state.startAt)}.` : `${id} has not started yet.`),
    running: () => `${id} is running${stepsWord(plan, state, 'running', ': ')}.`,
    waiting: () => `${id} is waiting${stepsWord(plan, state, 'waiting', ': ')}.`,
    paused: () => `${id} was paused by ${by(state.paused)} at${when(state.paused?.at)}.`,
    'in-doubt': () => `It is not known whether${stepsWord(plan, state, 'in-doubt', ' ')} of ${id} finished.`,
    failed: () => `${id} stopped${stepsWord(plan, state, 'failed', ': ')} failed.`,
    'rolling-back': () =>
      `${id} is rolling back since${when(state.rollback?.at)}, asked by ${by(state.rollback)}.`,
    'rolled-back': () => `${id} was rolled back by ${by(state.rollback)} at${when(state.endedAt)}.`,
    'rollback-failed': () => `The rollback of ${id} is stuck${stepsWord(plan, state, 'failed', ' at ')}.`,
    aborted: () => `${id} was aborted by ${by(state.aborted)} at${when(state.aborted?.at)}.`,
    hypercare: () =>
      state.hypercare?.endedAt === undefined
        ? `${id} did all its steps; hypercare lasts until${when(state.hypercare?.until)}.`
        : `The hypercare of ${id} ended at${when(state.hypercare.endedAt)}${stepsWord(plan, state, 'waiting', '; it waits: ')}.`,
    succeeded: () => `${id} ended well at${when(state.endedAt)}.`,
  };
  return stories[statusOf(plan, state)]();
}

function by(cause: { by: Actor } | undefined): string {
  return cause === undefined ? 'somebody' : nameOf(cause.by);
}

function stepsWord(plan: Rollout['plan'], state: RolloutState, status: StepStatus, before: string): string {
  const names = Object.entries(state.steps).flatMap(([id, step]) =>
    step.status === status ? [nameOfStep(plan, id)] : [],
  );
  return names.length === 0 ? '' : `${before}${list(names)}`;
}

const told: Record<Milestone['type'], string> = {
  'phase-finished': 'finished the phase',
  'approval-asked': 'asked for approval of',
  approved: 'approved:',
  rejected: 'rejected:',
  'task-asked': 'asked for a task:',
  'step-announced': 'announced',
  'soak-judged': 'judged',
  'step-failed': 'failed:',
  'step-doubted': 'lost sight of',
  'decision-asked': 'asked for a decision on',
  'rollback-requested': 'asked for the rollback',
  'rolled-back': 'rolled back',
  'rollback-failed': 'rollback stuck at',
  'hypercare-started': 'hypercare began',
  'hypercare-noticed': 'hypercare noticed something',
  'hypercare-cleared': 'hypercare is clear again',
  'hypercare-checked': 'hypercare told how it goes',
  'duty-due': 'reminded of',
  'duty-escalated': 'told others of what is not done:',
  aborted: 'aborted',
  succeeded: 'ended well',
  overridden: 'started by an override',
  'plan-revised': 'the plan changed',
  'alerts-began': 'alerts fired',
  'alerts-called': 'people were pinged about alerts',
  'alerts-escalated': 'alerts were escalated',
  'alerts-ended': 'alerts ended',
};

/** What happened since a button was drawn, the latest three; how the rollout stands where nothing of note did. */
export function sinceDrawn(rollout: Rollout, asked: Asked): string {
  const { plan, state } = rollout;
  const later = state.milestones.filter(({ seq }) => seq > (asked.drawnAt ?? 0)).slice(-3);
  if (later.length === 0) return storyOf(rollout, asked);
  const parts = later.map(({ type, subject, at, actor }) => {
    const what = subject === undefined ? '' : ` ${nameOfStep(plan, subject)}`;
    const who = actor.kind === 'person' ? ` by ${actor.name}` : '';
    return `${told[type]}${what}${who} (${time(asked, at)})`;
  });
  const since = asked.drawnAt === undefined ? 'Lately' : 'Since the button was drawn';
  return `${since}: ${parts.join(', ')}.`;
}
