import type { Json } from '../core/json.ts';
import { milliseconds } from '../core/playbook/duration.ts';
import type { Fact } from '../core/rollout/event.ts';
import type { Work } from '../core/rollout/next.ts';
import { stepsOf } from '../core/rollout/steps.ts';
import type { Clock } from '../ports/clock.ts';
import { LeaseLost } from '../ports/journals.ts';
import type { Observation, StepContext, StepKind } from '../ports/step.ts';
import { type ContextParts, contextFor } from './context.ts';
import { doubtful, factOf, failed } from './outcome.ts';
import type { Session } from './session.ts';

/** Carries on one step. Answers what came out of it; throws only when the signal aborted or the lease is lost. */
export type Perform = (session: Session, work: Work, signal: AbortSignal) => Promise<readonly Fact[]>;

export interface PerformParts extends ContextParts {
  kinds: ReadonlyMap<string, StepKind>;
  clock: Clock;
  /** Told of each outcome, for the metrics. */
  onOutcome?(kind: string, outcome: Fact['type'], took: number): void;
}

const defaultTimeout = 5 * 60_000;

interface Performance {
  kind: StepKind;
  context: StepContext<unknown>;
  /** Repeating the step does no harm. */
  repeatable: boolean;
  timeout: number;
}

export function createPerform(parts: PerformParts): Perform {
  return async (session, work, signal) => {
    const began = parts.clock.now();
    const prepared = await prepare(parts, session, work.step).catch((error: unknown) =>
      failed(session, work.step, error),
    );
    if ('type' in prepared) return [prepared];
    const fact = await carryOn(prepared, session, work, signal);
    parts.onOutcome?.(prepared.kind.uses, fact.type, parts.clock.now() - began);
    return [parts.redact(fact)];
  };
}

async function prepare(parts: PerformParts, session: Session, id: string): Promise<Performance> {
  const { plan } = session.rollout();
  const step = stepsOf(plan).get(id)?.step;
  const kind = step && parts.kinds.get(step.uses);
  if (!kind)
    throw new Error(
      `no step kind ${step?.uses ?? '?'} is known here; this worker may be older than the playbook`,
    );
  const context = await contextFor(parts, session, kind, id);
  return {
    kind,
    context,
    repeatable: kind.effect !== 'once' || step.repeatable,
    timeout: step.timeout === undefined ? (kind.timeout ?? defaultTimeout) : milliseconds(step.timeout),
  };
}

async function carryOn(
  performance: Performance,
  session: Session,
  work: Work,
  signal: AbortSignal,
): Promise<Fact> {
  const { context, repeatable } = performance;
  if (work.mode === 'recover') {
    const found = repeatable
      ? undefined
      : await observeAfter('The worker stopped after it had begun', performance, signal);
    if (found && found.type !== 'absent') return found.fact;
    await beginAgain(session, work.step, context.input);
  }
  return runOnce(performance, session, work.step, signal);
}

/** The intent again, under the new epoch, before the effect is tried again; the attempt stays the same. */
async function beginAgain(session: Session, step: string, _input: unknown): Promise<void> {
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
  const { kind, context, repeatable, timeout } = performance;
  const timer = AbortSignal.timeout(timeout);
  try {
    const result = await kind.run(context, AbortSignal.any([signal, timer]));
    return factOf(session.rollout(), step, result, context.now());
  } catch (error) {
    if (signal.aborted || error instanceof LeaseLost) throw error;
    const why = timer.aborted ? `It did not end within ${timeout / 1_000} s` : messageOf(error);
    if (repeatable)
      return failed(session, step, new Error(why, { cause: error }), { retryable: true, now: context.now() });
    const found = await observeAfter(why, performance, signal);
    if (found.type !== 'absent') return found.fact;
    return failed(session, step, new Error(why, { cause: error }), { retryable: true, now: context.now() });
  }
}

type Found = { type: 'settled'; fact: Fact } | { type: 'absent' };

/** Looks whether the effect is there. What can't be read back is a doubt, which a person settles. */
async function observeAfter(
  why: string,
  { kind, context }: Performance,
  signal: AbortSignal,
): Promise<Found> {
  const step = context.step.id;
  const seen = await observe(kind, context, signal);
  if (seen.effect === 'absent') return { type: 'absent' };
  if (seen.effect === 'unknown') return { type: 'settled', fact: doubtful(step, why, seen.known) };
  const { summary, output } = seen;
  const data = { step, summary, observed: true, ...(output === undefined ? {} : { output }) };
  return { type: 'settled', fact: { type: 'step.succeeded', data } };
}

async function observe(
  kind: StepKind,
  context: StepContext<unknown>,
  signal: AbortSignal,
): Promise<Observation> {
  if (!kind.observe) return { effect: 'unknown', known: [`${kind.uses} can't be read back from the world.`] };
  try {
    return await kind.observe(
      context,
      AbortSignal.any([signal, AbortSignal.timeout(kind.timeout ?? 30_000)]),
    );
  } catch (error) {
    if (signal.aborted || error instanceof LeaseLost) throw error;
    return { effect: 'unknown', known: [`Reading it back failed: ${messageOf(error)}`] };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
