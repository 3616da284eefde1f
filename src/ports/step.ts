import type { z } from 'zod';
import type { Json } from '../core/json.ts';
import type { Milliseconds } from '../core/playbook/duration.ts';
import type { Chart, RolloutEvent, Waiting } from '../core/rollout/event.ts';
import type { Connection } from '../core/rollout/plan.ts';
import type { Answer } from '../core/rollout/state.ts';
import type { Rollout } from './rollouts.ts';
import type { World } from './world.ts';

/** How a step ended, or what it waits for. A step that fails by its own judgement returns; a fault throws. */
export type StepResult =
  | { status: 'succeeded'; summary: string; output?: Json; chart?: Chart }
  | { status: 'failed'; summary: string; detail?: string; output?: Json; chart?: Chart; retryable: boolean }
  | { status: 'waiting'; waiting: Waiting; state?: Json; chart?: Chart };

/** What was found of a step's effect after a crash between intent and outcome. */
export type Observation =
  | { effect: 'present'; summary: string; output?: Json }
  /** It is there, and the step goes on from it as from a `waiting` result. */
  | { effect: 'begun'; waiting: Waiting; state: Json }
  | { effect: 'absent' }
  | { effect: 'unknown'; known: string[] };

/** A line and a diff for the plan card. */
export interface PlanLine {
  summary: string;
  /** `before` and `after` in words, one entry a change; empty when nothing changes. */
  diff: readonly { what: string; before: string; after: string }[];
  /** What the step will most likely put out, as the world stands now: later steps of the plan are shown with it. */
  expected?: Json;
  /** What it changes stays when the rollout is rolled back. */
  stays?: true;
}

/** What a step of a plan is to those who sign it; `nothing`: it is not needed. */
export type Does = 'look' | 'ask' | 'change' | 'change for good' | 'nothing';

export interface PlanContext<Input> {
  /** Expressions over later facts stand in it unresolved, as `${{ … }}`. */
  input: Input;
  environment: { name: string; connections: Record<string, Connection> };
  world: World;
}

export interface StepContext<Input> extends PlanContext<Input> {
  rollout: {
    id: string;
    playbook: string;
    target: string | null;
    startedBy: string;
    digest: string;
    quorum: number;
  };
  step: { id: string; name: string; attempt: number };
  /** The lease's epoch: sent with every effect, so that a stale worker's is refused. */
  epoch: number;
  /** What the last `waiting` result kept. */
  kept: Json | undefined;
  /** What people answered during this attempt, oldest first. */
  answers: readonly Answer[];
  /** What was captured before the first attempt. */
  captured: Json | undefined;
  /** True where the playbook asks to capture what stood before. */
  capturing: boolean;
  /** Reads what stands there and keeps it durably before it returns; a later attempt gets the first capture. */
  capture(read: () => Promise<Json>): Promise<Json>;
  /**
   * Puts a digest into the plan, durably before it returns, and answers the digest that the plan holds for this
   * reference: the one that was put in first. Approvals that are still open are asked for anew, for the revised plan.
   */
  pin(reference: string, digest: string): Promise<string>;
  /**
   * After the step was stopped (by people or its time limit), reaches the world once more, for four seconds and under
   * the same lease: to end what would go on by itself. Does nothing when the lease is lost: another worker goes on.
   */
  takeBack(act: (world: World, signal: AbortSignal) => Promise<void>): Promise<void>;
  /** Takes every known secret, and whatever looks like one, out of a text: for what is kept and was not written by us. */
  redact(text: string): string;
  /** A line of output for the thread's tail; not journaled. */
  tail(line: string): void;
  now(): number;
  /** The policy's, by its IANA name. */
  timezone: string;
  newNonce(): string;
  /** The rollout's own journal so far. */
  journal(): Promise<RolloutEvent[]>;
  /** The latest rollouts of its environment, newest first, with itself among them; or those of another one. */
  earlier(environment?: string): Promise<Rollout[]>;
}

/**
 * One kind of step. `effect` says what a repetition does: `none` reads only, `repeatable` ends the same,
 * `once` must not be repeated blindly: it gives `observe`, or a crash in it is a doubt that a person settles.
 * After a first `waiting` result, `run` may be called any number of times: it then only reads.
 */
export interface StepKind<Input = unknown> {
  readonly uses: string;
  /** One sentence for the documentation and for `cutover lint`. */
  readonly describe: string;
  readonly input: z.ZodType<Input>;
  readonly effect: 'none' | 'repeatable' | 'once';
  /** Absent: five minutes. Time spent waiting does not count. */
  readonly timeout?: Milliseconds;
  plan(context: PlanContext<Input>): Promise<PlanLine>;
  observe?(context: StepContext<Input>, signal: AbortSignal): Promise<Observation>;
  /** What a person should look at where a step in doubt can't be read back: told with the question. */
  lookAt?(context: StepContext<Input>): string | undefined;
  /**
   * Ends what the step began in the world and what would go on by itself (a Job, a run), once a rollback or an abort
   * has overtaken it: also in another worker than the one that began it. Asks for it within seconds and doesn't wait
   * until all is gone; may be called again. Answers what is ended, as a sentence without a full stop; undefined: nothing.
   */
  takeBack?(context: StepContext<Input>, signal: AbortSignal): Promise<string | undefined>;
  run(context: StepContext<Input>, signal: AbortSignal): Promise<StepResult>;
}
