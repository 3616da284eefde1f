import type { AlertsState } from '../alerts/state.ts';
import type { Json } from '../json.ts';
import type { Actor, Channel, Person } from './actor.ts';
import type { Chart, FactData, Waiting, WatchNumbers } from './event.ts';

/** The states of a rollout that other tools may rely on. */
export type RolloutStatus =
  | 'planned'
  | 'running'
  | 'waiting'
  | 'paused'
  | 'in-doubt'
  | 'failed'
  | 'rolling-back'
  | 'rolled-back'
  | 'rollback-failed'
  | 'aborted'
  | 'hypercare'
  | 'succeeded';

export type StepStatus =
  | 'pending'
  | 'running'
  | 'waiting'
  | 'succeeded'
  | 'failed'
  | 'in-doubt'
  | 'skipped'
  | 'rolled-back';

/** One person's answer to a waiting step. */
export interface Answer extends Omit<FactData<'step.answered'>, 'step'> {
  by: Person;
  at: string;
}

/** What the journal says of one step. Times are ISO 8601. */
export interface StepState {
  status: StepStatus;
  /** Attempts begun so far. */
  attempts: number;
  /** Attempts begun before a person asked for a retry: the playbook's retries count from there. */
  forgiven: number;
  /** True from the first intent on, for good: the world may have been touched. */
  started: boolean;
  startedAt?: string;
  endedAt?: string;
  /** The input of the latest intent, secrets by name. */
  input?: Json;
  /** What stood there before the first attempt; never overwritten. */
  before?: Json;
  output?: Json;
  summary?: string;
  detail?: string;
  chart?: Chart;
  waiting?: Waiting;
  /** What the step keeps between two looks. */
  kept?: Json;
  /** Answers given during the present attempt, oldest first. */
  answers: Answer[];
  /** An answer came that the step has not seen yet. */
  unseen: boolean;
  /** Not to be started before this time: a retry's pause. */
  notBefore?: string;
  /** In doubt: what is known. */
  known?: string[];
}

/** What the journal says of a duty since its step noted it. Times are ISO 8601. */
export interface DutyMarks {
  remindedAt?: string;
  escalatedAt?: string;
  done?: { by: Actor; at: string; evidence: string };
  cancelled?: { at: string; reason: string };
}

export interface HypercareState {
  startedAt: string;
  until: string;
  /** When the window was over, and the steps at its end began. */
  endedAt?: string;
  /** The last check-in: how long after the beginning. */
  checkedIn?: string;
  /** What the watch had measured at the last check-in, or at the end. */
  numbers?: WatchNumbers | undefined;
  /** The picture that came with the last finding. */
  chart?: Chart | undefined;
  /** What the watch noticed and still holds. */
  finding?: { summary: string; at: string; chart?: Chart | undefined };
}

/** Where the whole report lies, with the hashes of its files. */
export interface ArchivedReport {
  at: string;
  files: FactData<'report.archived'>['files'];
  /** It could not be stored. */
  why?: string;
}

/** Something of the rollout's course that people want to read afterwards; the thread's replies come from these. */
export interface Milestone {
  seq: number;
  at: string;
  actor: Actor;
  type:
    | 'phase-finished'
    | 'approval-asked'
    | 'approved'
    | 'rejected'
    | 'task-asked'
    | 'step-announced'
    | 'soak-judged'
    | 'step-failed'
    | 'step-doubted'
    | 'decision-asked'
    | 'rollback-requested'
    | 'rolled-back'
    | 'rollback-failed'
    | 'hypercare-started'
    | 'hypercare-noticed'
    | 'hypercare-cleared'
    | 'hypercare-checked'
    | 'duty-due'
    | 'duty-escalated'
    | 'aborted'
    | 'succeeded'
    | 'overridden'
    | 'plan-revised'
    | 'alerts-began'
    | 'alerts-called'
    | 'alerts-escalated'
    | 'alerts-ended';
  /** The step or phase it speaks of. */
  subject?: string;
  text?: string;
  chart?: Chart;
}

/** What a rollout is, folded from its journal. Plain JSON, so that a snapshot can hold it. */
export interface RolloutState {
  v: 1;
  id: string;
  /** The number of the last event folded in. */
  seq: number;
  /** The hash of that event. */
  head: string;
  digest: string;
  /** The number of the event that holds the plan in force. */
  planAt: number;
  channels: Channel[];
  startedBy: Person | null;
  plannedAt: string;
  startAt?: string;
  startedAt?: string;
  endedAt?: string;
  usual?: number;
  override?: { of: string[]; reason: string };
  /** Every step of the plan and of its rollback list, by id. */
  steps: Record<string, StepState>;
  /** Phases that are done, in order. */
  phasesDone: string[];
  paused?: { by: Actor; at: string; reason?: string | undefined };
  aborted?: { by: Actor; at: string; reason?: string | undefined };
  rollback?: { by: Actor; at: string; reason: string; finishedAt?: string };
  hypercare?: HypercareState;
  /** By the step that noted it; absent: nothing happened to it yet. */
  duties?: Record<string, DutyMarks>;
  succeeded: boolean;
  /** The environment is no longer claimed. */
  released: boolean;
  supersededBy?: string;
  /** Who started the newer rollout, and when. */
  supersession?: { by: Actor; at: string };
  alerts?: AlertsState;
  /** The report that was stored once the rollout had ended, or why it could not be. */
  report?: ArchivedReport;
  milestones: Milestone[];
}
