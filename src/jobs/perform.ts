import { type Json, wellFormed } from '../core/json.ts';
import { type Milliseconds, milliseconds } from '../core/playbook/duration.ts';
import { type Fact, faultOf } from '../core/rollout/event.ts';
import type { Work } from '../core/rollout/next.ts';
import { stepsOf } from '../core/rollout/steps.ts';
import type { Clock } from '../ports/clock.ts';
import { LeaseLost } from '../ports/journals.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import { type ContextParts, contextFor, type Within } from './context.ts';
import { endingWith, messageOf, observeAfter } from './observe.ts';
import { doubtful, factOf, failed } from './outcome.ts';
import type { Session } from './session.ts';

/** Carries on one step. Answers what came out of it; throws only when the signal aborted or the lease is lost. */
export type Perform = (session: Session, work: Work, signal: AbortSignal) => Promise<readonly Fact[]>;

export interface PerformParts extends ContextParts {
  kinds: ReadonlyMap<string, StepKind>;
  clock: Clock;
  /** How long a step has to end after its signal aborted, before it is left to itself; absent: five seconds. */
  grace?: Milliseconds;
  /** Told of each outcome, for the metrics. */
  onOutcome?(kind: string, outcome: Fact['type'], took: number): void;
}

const defaultTimeout = 5 * 60_000;

interface Performance {
  kind: StepKind;
  within: Within;
  /** Repeating the step does no harm. */
  repeatable: boolean;
  timeout: number;
  grace: number | undefined;
}

export function createPerform(parts: PerformParts): Perform {
  return async (session, work, signal) => {
    const began = parts.clock.now();
    const prepared = await prepare(parts, session, work.step).catch((error: unknown) => ({ error }));
    if ('error' in prepared)
      return [wellFormed(parts.redact(unprepared(parts, session, work, prepared.error)))];
    const fact = await carryOn(prepared, session, work, signal);
    parts.onOutcome?.(prepared.kind.uses, fact.type, parts.clock.now() - began);
    return [keepable(wellFormed(parts.redact(fact)), prepared, session)];
  };
}

/** A step that can't be carried on here. One that had begun, and may not be repeated, may have taken effect. */
function unprepared(parts: PerformParts, session: Session, work: Work, error: unknown): Fact {
  const step = stepsOf(session.rollout().plan).get(work.step)?.step;
  const kind = step && parts.kinds.get(step.uses);
  const harmless = kind !== undefined && (kind.effect !== 'once' || step?.repeatable === true);
  if (work.mode !== 'recover' || harmless) return failed(session, work.step, error);
  return doubtful(work.step, 'The worker stopped after it had begun', [messageOf(error)]);
}

/** What a step gave must fit the journal; a broken outcome must not break the rollout. */
function keepable(fact: Fact, { repeatable }: Performance, session: Session): Fact {
  const fault = faultOf(fact);
  if (fault === undefined || !('step' in fact.data)) return fact;
  const { step } = fact.data;
  const why = `It ended with something that the journal can't keep (${fault})`;
  return repeatable ? failed(session, step, new Error(why)) : doubtful(step, why, []);
}

async function prepare(parts: PerformParts, session: Session, id: string): Promise<Performance> {
  const { plan } = session.rollout();
  const step = stepsOf(plan).get(id)?.step;
  const kind = step && parts.kinds.get(step.uses);
  if (!kind)
    throw new Error(
      `no step kind ${step?.uses ?? '?'} is known here; this worker may be older than the playbook`,
    );
  return {
    kind,
    within: await contextFor(parts, session, kind, id),
    repeatable: kind.effect !== 'once' || step.repeatable,
    timeout: step.timeout === undefined ? (kind.timeout ?? defaultTimeout) : milliseconds(step.timeout),
    grace: parts.grace,
  };
}

async function carryOn(
  performance: Performance,
  session: Session,
  work: Work,
  signal: AbortSignal,
): Promise<Fact> {
  if (work.mode === 'recover') {
    const found = performance.repeatable
      ? undefined
      : await observeAfter('The worker stopped after it had begun', work.step, performance, signal);
    if (found && found.type !== 'absent') return found.fact;
    await beginAgain(session, work.step);
    signal.throwIfAborted();
  }
  return runOnce(performance, session, work.step, signal);
}

/** The intent again, under the new epoch, before the effect is tried again; the attempt stays the same. */
async function beginAgain(session: Session, step: string): Promise<void> {
  await session.record(({ state }) => {
    const now = state.steps[step];
    if (now?.status !== 'running') return { facts: [] };
    const input = (now.input ?? {}) as Json;
    return {
      facts: [{ type: 'step.started', data: { step, attempt: now.attempts, epoch: session.epoch(), input } }],
    };
  });
}

async function runOnce(
  performance: Performance,
  session: Session,
  step: string,
  signal: AbortSignal,
): Promise<Fact> {
  const { kind, within, repeatable, timeout } = performance;
  const timer = AbortSignal.timeout(timeout);
  const stop = AbortSignal.any([signal, timer]);
  const context = within(stop);
  try {
    const result = await endingWith(stop, kind.run(context, stop), performance.grace);
    return outcomeOf(session, context, result);
  } catch (error) {
    if (signal.aborted || error instanceof LeaseLost) throw error;
    const why = timer.aborted ? `It did not end within ${timeout / 1_000} s` : messageOf(error);
    const found = repeatable ? undefined : await observeAfter(why, step, performance, signal);
    if (found && found.type !== 'absent') return found.fact;
    return failed(session, step, new Error(why, { cause: error }), { retryable: true, now: context.now() });
  }
}

/** The journal's word for a result; a step that waits on has seen the answers that it was given, and no later ones. */
function outcomeOf(session: Session, { step, answers, now }: StepContext<unknown>, result: StepResult): Fact {
  const fact = factOf(session.rollout(), step.id, result, now());
  if (fact.type !== 'step.waiting') return fact;
  return { ...fact, data: { ...fact.data, seen: answers.length } };
}
