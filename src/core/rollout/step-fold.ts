import type { RolloutEvent } from './event.ts';
import type { Answer, StepState } from './state.ts';

export type StepEvent = Extract<RolloutEvent, { data: { step: string } }>;

export function isStepEvent(event: RolloutEvent): event is StepEvent {
  return event.type.startsWith('step.');
}

/** What a step is after an event that names it. */
export function stepAfter(step: StepState, event: StepEvent): StepState {
  switch (event.type) {
    case 'step.started':
      return begun(step, event);
    case 'step.captured':
      return step.before === undefined ? { ...step, before: event.data.before } : step;
    case 'step.waiting': {
      const { waiting, state: kept, chart, seen = step.answers.length } = event.data;
      const unseen = step.answers.length > seen;
      return { ...step, status: 'waiting', waiting, unseen, ...given({ kept, chart }) };
    }
    case 'step.answered':
      return answered(step, event);
    case 'step.succeeded': {
      const { summary, output, chart } = event.data;
      return { ...settled(step, event.at), status: 'succeeded', summary, ...given({ output, chart }) };
    }
    case 'step.failed':
      return failed(step, event);
    case 'step.doubted': {
      const { summary, known } = event.data;
      return { ...settled(step, event.at), status: 'in-doubt', summary, known };
    }
    case 'step.interrupted':
      return { ...settled(step, event.at), status: 'failed', summary: event.data.why };
    case 'step.skipped':
      return { ...settled(step, event.at), status: 'skipped', summary: event.data.reason };
    case 'step.settled':
      return {
        ...settled(step, event.at),
        status: 'succeeded',
        summary: `Marked done: ${event.data.evidence}`,
      };
    case 'step.reset':
      return askedAnew(step);
  }
}

/** A step that is to be done over: its attempts so far count no more for the playbook's retries. */
export function askedAnew(step: StepState): StepState {
  return { ...pendingAgain(step), forgiven: step.attempts };
}

function begun(step: StepState, event: Extract<StepEvent, { type: 'step.started' }>): StepState {
  const { attempt, input } = event.data;
  const anew = attempt > step.attempts;
  return {
    ...(anew ? pendingAgain(step) : step),
    status: 'running',
    attempts: attempt,
    started: true,
    startedAt: step.startedAt ?? event.at,
    input,
  };
}

function answered(step: StepState, event: Extract<StepEvent, { type: 'step.answered' }>): StepState {
  if (event.actor.kind !== 'person') return step;
  const { step: _, ...data } = event.data;
  const answer: Answer = { ...data, by: event.actor, at: event.at };
  return { ...step, answers: [...step.answers, answer], unseen: true };
}

function failed(step: StepState, event: Extract<StepEvent, { type: 'step.failed' }>): StepState {
  const { summary, detail, output, chart, retryAt } = event.data;
  const said = { summary, ...given({ detail, output, chart }) };
  if (retryAt === undefined) return { ...settled(step, event.at), status: 'failed', ...said };
  return { ...pendingAgain(step), ...said, notBefore: retryAt };
}

/** Waiting and doubt are over; what was captured, put out and said stays. */
function settled(step: StepState, at: string): StepState {
  const { waiting: _w, kept: _k, known: _n, notBefore: _b, ...rest } = step;
  return { ...rest, unseen: false, endedAt: at };
}

function pendingAgain(step: StepState): StepState {
  const { endedAt: _e, detail: _d, output: _o, chart: _c, summary: _s, ...rest } = settled(step, '');
  return { ...rest, status: 'pending', answers: [] };
}

function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
