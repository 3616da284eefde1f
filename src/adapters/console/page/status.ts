import type { Tone } from '../../../core/card/card.ts';
import type { RolloutStatus, StepStatus } from '../../../core/rollout/state.ts';

const rolloutTones: Readonly<Record<RolloutStatus, Tone>> = {
  planned: 'plain',
  running: 'running',
  waiting: 'waiting',
  paused: 'waiting',
  'in-doubt': 'doubt',
  failed: 'bad',
  'rolling-back': 'running',
  'rolled-back': 'undone',
  'rollback-failed': 'bad',
  aborted: 'plain',
  hypercare: 'watch',
  succeeded: 'good',
};

const stepTones: Readonly<Record<StepStatus, Tone>> = {
  pending: 'plain',
  running: 'running',
  waiting: 'waiting',
  succeeded: 'good',
  failed: 'bad',
  'in-doubt': 'doubt',
  skipped: 'plain',
  'rolled-back': 'undone',
};

const stepMarks: Readonly<Record<StepStatus, string>> = {
  pending: '○',
  running: '●',
  waiting: '◐',
  succeeded: '✓',
  failed: '✗',
  'in-doubt': '?',
  skipped: '–',
  'rolled-back': '↩',
};

export const statusTone = (status: RolloutStatus): Tone => rolloutTones[status];
export const stepTone = (status: StepStatus): Tone => stepTones[status];
export const stepMark = (status: StepStatus): string => stepMarks[status];

/** A status as people read it: `In doubt`. */
export function statusWord(status: RolloutStatus | StepStatus): string {
  const words = status.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
