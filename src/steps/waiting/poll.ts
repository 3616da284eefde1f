import { z } from 'zod';
import type { Json } from '../../core/json.ts';
import { durationSchema, formatDuration, milliseconds } from '../../core/playbook/duration.ts';
import type { Waiting } from '../../core/rollout/event.ts';
import { extension } from '../../core/step/deadline.ts';
import { iso } from '../../ports/clock.ts';
import type { StepContext, StepResult } from '../../ports/step.ts';

/** How a check is repeated: part of the input of each check that can be. */
export const paceFields = {
  within: durationSchema
    .optional()
    .describe('Look again until it is so, this long; absent: one look decides'),
  interval: durationSchema.default('2s').describe('The time between two looks'),
  consecutive: z.int().min(1).max(1_000).default(1).describe('Good looks in a row that are needed'),
};

export interface Pace {
  within?: string | undefined;
  interval: string;
  consecutive: number;
}

/** What one look found. */
export interface Finding {
  met: boolean;
  /** One line, for people: the same words as long as the same is found. */
  saw: string;
  /** More of what was found, for a step that fails. */
  detail?: string;
  output?: Json;
  /** Not met, and looking again would change nothing. */
  final?: boolean;
}

const keptSchema = z.strictObject({
  since: z.number(),
  next: z.number(),
  passed: z.number(),
  looks: z.number(),
  saw: z.string(),
});
type Kept = z.infer<typeof keptSchema>;

/**
 * Looks once and, until what is looked for was seen often enough or the time is over, asks to be called again:
 * between two looks nothing runs. `subject` is what is looked at, in words.
 */
export async function poll<Input extends Pace>(
  context: StepContext<Input>,
  subject: string,
  look: () => Promise<Finding>,
): Promise<StepResult> {
  const { input, now } = context;
  const kept = context.kept === undefined ? begin(now()) : keptSchema.parse(context.kept);
  if (now() < kept.next) return again(subject, kept);
  const found = await look();
  const passed = found.met ? kept.passed + 1 : 0;
  if (passed >= input.consecutive) return succeeded(found, passed);
  const next = now() + milliseconds(input.interval);
  const seen = { ...kept, passed, next, looks: kept.looks + 1, saw: found.saw };
  if (found.final) return failed(subject, seen, found.detail, now());
  if (found.met || next <= deadline(context, kept)) return again(subject, seen);
  return failed(subject, seen, found.detail, now());
}

/** For a step that polls after its effect: the effect was found after a crash, and its first look comes next. */
export function pollFrom(now: number, subject: string): { effect: 'begun'; waiting: Waiting; state: Json } {
  return {
    effect: 'begun',
    waiting: { for: 'time', until: iso(now), what: `${subject}: found after a crash` },
    state: begin(now),
  };
}

function begin(since: number): Kept {
  return { since, next: 0, passed: 0, looks: 0, saw: '' };
}

function deadline<Input extends Pace>({ input, answers }: StepContext<Input>, { since }: Kept): number {
  if (input.within === undefined) return Number.NEGATIVE_INFINITY;
  return since + milliseconds(input.within) + extension(answers);
}

function again(subject: string, kept: Kept): StepResult {
  const waiting = { for: 'time', until: iso(kept.next), what: `${subject}: ${kept.saw}` } as const;
  return { status: 'waiting', waiting, state: kept };
}

function succeeded({ saw, output }: Finding, passed: number): StepResult {
  const often = passed > 1 ? `, ${passed} times in a row` : '';
  return { status: 'succeeded', summary: `${saw}${often}`, ...(output === undefined ? {} : { output }) };
}

function failed(
  subject: string,
  { saw, looks, since }: Kept,
  found: string | undefined,
  now: number,
): StepResult {
  const tried = looks > 1 ? [`Looked ${looks} times in ${formatDuration(now - since)}.`] : [];
  const detail = [...tried, ...(found === undefined ? [] : [found])].join(' ');
  const summary = `${subject}: ${saw}`;
  return { status: 'failed', summary, ...(detail === '' ? {} : { detail }), retryable: true };
}
