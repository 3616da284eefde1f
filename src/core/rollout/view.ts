import type { RollbackStep, Step } from '../playbook/playbook.ts';
import { type Duty, dutiesOf } from './duties.ts';
import { currentPhase } from './phases.ts';
import type { Plan } from './plan.ts';
import type { RolloutState, RolloutStatus, StepStatus } from './state.ts';
import { statusOf } from './status.ts';
import { stepsOf } from './steps.ts';

/** A rollout as `GET /api/rollouts/:id` answers it; other tools rely on these names. Times are ISO 8601. */
export interface RolloutView {
  id: string;
  playbook: string;
  environment: string;
  target: string | null;
  status: RolloutStatus;
  phase: string | null;
  /** The first step that is under way or stopped. */
  step: string | null;
  startedBy: string | null;
  startedAt: string | null;
  endedAt: string | null;
  planDigest: string;
  /** In words, or null when the rollout waits for nobody. */
  waitingFor: string | null;
  steps: {
    id: string;
    name: string;
    phase: string | null;
    uses: string;
    status: StepStatus;
    attempts: number;
    startedAt: string | null;
    endedAt: string | null;
    summary: string | null;
  }[];
  /** What is to be done after the launch. Open ones live on after the end. */
  duties: {
    id: string;
    text: string;
    role: string | null;
    owner: string | null;
    due: string;
    status: Duty['status'];
    doneBy: string | null;
    doneAt: string | null;
    evidence: string | null;
  }[];
  params: Plan['params'];
  journal: { length: number; head: string };
}

export function describeRollout({ plan, state }: { plan: Plan; state: RolloutState }): RolloutView {
  const under = stepsNow(plan, state).find((step) => isUnderWay(step, state.steps[step.id]?.status));
  return {
    id: state.id,
    playbook: plan.playbook.name,
    environment: plan.environment.name,
    target: plan.target,
    status: statusOf(plan, state),
    phase: state.rollback ? null : (currentPhase(plan, state)?.name ?? null),
    step: under?.id ?? null,
    startedBy: state.startedBy?.id ?? null,
    startedAt: state.startedAt ?? null,
    endedAt: state.endedAt ?? null,
    planDigest: state.digest,
    waitingFor: waitingFor(state),
    steps: describeSteps(plan, state),
    duties: dutiesOf({ plan, state }).map(describeDuty),
    params: plan.params,
    journal: { length: state.seq, head: state.head },
  };
}

function describeDuty({ id, text, role, owner, due, status, done }: Duty): RolloutView['duties'][number] {
  return {
    id,
    text,
    role: role ?? null,
    owner: owner ?? null,
    due,
    status,
    doneBy: done?.by.id ?? null,
    doneAt: done?.at ?? null,
    evidence: done?.evidence ?? null,
  };
}

/** The steps that the rollout is at: of its rollback, or of the phase that it is in. */
function stepsNow(plan: Plan, state: RolloutState): readonly (Step | RollbackStep)[] {
  if (state.rollback) return state.rollback.finishedAt === undefined ? plan.playbook.rollback : [];
  return currentPhase(plan, state)?.steps ?? [];
}

function isUnderWay({ onFailure }: Step | RollbackStep, status: StepStatus | undefined): boolean {
  if (status === 'failed') return onFailure !== 'continue';
  return status === 'running' || status === 'waiting' || status === 'in-doubt';
}

function waitingFor(state: RolloutState): string | null {
  const waits = Object.values(state.steps).flatMap((step) =>
    step.status === 'waiting' && step.waiting && step.waiting.for !== 'time' ? [step.waiting.what] : [],
  );
  return waits.length > 0 ? waits.join('; ') : null;
}

function describeSteps(plan: Plan, state: RolloutState): RolloutView['steps'] {
  return [...stepsOf(plan).values()].map(({ step, phase }) => {
    const now = state.steps[step.id];
    return {
      id: step.id,
      name: step.name ?? step.id,
      phase: phase?.name ?? null,
      uses: step.uses,
      status: now?.status ?? 'pending',
      attempts: now?.attempts ?? 0,
      startedAt: now?.startedAt ?? null,
      endedAt: now?.endedAt ?? null,
      summary: now?.summary ?? null,
    };
  });
}
