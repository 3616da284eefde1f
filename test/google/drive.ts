import type { Json } from '../../src/core/json.ts';
import type { Observation, StepKind, StepResult } from '../../src/ports/step.ts';
import { type ContextOptions, contextFor, noon, type TestContext } from '../support/step-context.ts';
import type { GoogleForTest } from './double.ts';

export interface Driven {
  result: StepResult;
  captured: Json | undefined;
  /** How often the step looked in all. */
  looks: number;
}

/** What a step is tried with: an attempt that may go on after a crash. */
export interface Drive {
  google: GoogleForTest;
  options?: ContextOptions;
  /** What the attempt waits with already. */
  kept?: Json | undefined;
  /** Ends the world of the worker when it is asked to; nothing reaches it afterwards. */
  signal?: AbortSignal;
}

/** Options that reach the double as the environment's connection `google`, by the double's clock. */
export function optionsFor({ google, options = {} }: Pick<Drive, 'google' | 'options'>): ContextOptions {
  return { connections: { google: google.connection }, capturing: true, ...options };
}

/** Carries a step on as the loop does: each time it waits, its time passes and it is called again. */
export async function drive<Input>(kind: StepKind<Input>, input: unknown, given: Drive): Promise<Driven> {
  const { google, signal = new AbortController().signal } = given;
  let { kept } = given;
  let now = noon;
  let captured = given.options?.captured;
  for (let looks = 1; ; looks += 1) {
    const context: TestContext<Input> = contextFor(kind, input, {
      ...optionsFor(given),
      ...(captured === undefined ? {} : { captured }),
      ...(kept === undefined ? {} : { kept }),
      now: () => now,
    });
    const result = await kind.run(context, signal);
    captured ??= context.captures[0];
    if (result.status !== 'waiting' || looks === 1_000) return { result, captured, looks };
    kept = result.state;
    now += 2_000;
    google.pass(300);
  }
}

/** What is found after a crash, and what comes of the step then. */
export async function recover<Input>(
  kind: StepKind<Input>,
  input: unknown,
  given: Drive,
): Promise<{ seen: Observation['effect']; result: StepResult | Observation }> {
  const context = contextFor(kind, input, { ...optionsFor(given), epoch: 2 });
  const seen = await kind.observe?.(context, new AbortController().signal);
  if (seen === undefined) throw new Error(`${kind.uses} does not observe`);
  if (seen.effect === 'present' || seen.effect === 'unknown') return { seen: seen.effect, result: seen };
  const kept = seen.effect === 'begun' ? seen.state : undefined;
  return { seen: seen.effect, result: (await drive(kind, input, { ...given, kept })).result };
}

/** A `fetch` of a worker that dies before or after its n-th change reaches Google. */
export function dyingFetch(
  when: 'before' | 'after',
  nth = 1,
): { fetch: typeof globalThis.fetch; signal: AbortSignal } {
  const dying = new AbortController();
  let changes = 0;
  return {
    signal: dying.signal,
    async fetch(resource, init) {
      dying.signal.throwIfAborted();
      if ((init?.method ?? 'GET') === 'GET') return fetch(resource, init);
      changes += 1;
      if (changes < nth) return fetch(resource, init);
      if (when === 'after') await fetch(resource, { ...init, signal: null });
      dying.abort(new Error('killed'));
      throw dying.signal.reason;
    },
  };
}
