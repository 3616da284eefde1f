import { z } from 'zod';
import type { Json } from '../../core/json.ts';
import { formatDuration, milliseconds } from '../../core/playbook/duration.ts';
import { shown } from '../../core/step/shown.ts';
import { iso } from '../../ports/clock.ts';
import type { RunChange, RunService } from '../../ports/google.ts';
import { ServiceError } from '../../ports/service.ts';
import type { Observation, StepContext, StepResult } from '../../ports/step.ts';
import { failedBy, googleOf, markOf } from './cloud.ts';

/** A change of a Cloud Run service that a step brings about. */
export interface Wish {
  service: string;
  /** What it is, in words: "Traffic of api". */
  what: string;
  change(service: RunService): Omit<RunChange, 'etag' | 'mark'>;
  /** What is kept before the change. */
  before(service: RunService): Json;
  /** Whether this is what was asked of Cloud Run last. */
  asked(service: RunService): boolean;
  /** Whether it is in force; a sentence where it is not and won't be. */
  inForce(service: RunService, signal: AbortSignal): Promise<true | 'not yet' | { not: string }>;
  done(service: RunService): { summary: string; output: Json };
  /** Written also where it is so already, so that a change that is still on its way can't come after it. */
  insist: boolean;
}

type Context = StepContext<{ connection: string; within: string }>;

const keptSchema = z.strictObject({ since: z.number(), operation: z.string().optional() });
type Kept = z.infer<typeof keptSchema>;

const interval = 2_000;
const conflictTries = 3;

/**
 * Asks Cloud Run for a change under its ETag, and looks until it is in force. The change carries the step's mark, so
 * that after a lost answer or a crash it is found and not made again.
 */
export async function bringAbout(context: Context, wish: Wish, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  try {
    if (context.kept !== undefined) return await look(context, wish, keptSchema.parse(context.kept), signal);
    const begun = await begin(context, wish, signal);
    return 'status' in begun ? begun : await look(context, wish, begun, signal);
  } catch (error) {
    signal.throwIfAborted();
    return failedBy(error);
  }
}

async function begin(context: Context, wish: Wish, signal: AbortSignal): Promise<Kept | StepResult> {
  const { run } = googleOf(context);
  const mark = markOf(context);
  const since = context.now();
  let first: RunService | undefined;
  for (let tried = 1; ; tried += 1) {
    const service = await run.service(wish.service, signal);
    if (service.mark === mark) return { since };
    first ??= service;
    if (service.generation !== first.generation && !wish.insist) return changedMeanwhile(wish);
    const settled = await withoutChange(wish, service, signal);
    if (settled !== undefined) return settled;
    if (context.capturing) await context.capture(async () => wish.before(service));
    try {
      const change = { ...wish.change(service), etag: service.etag, mark };
      return { since, operation: await run.update(wish.service, change, signal) };
    } catch (error) {
      if (!(error instanceof ServiceError) || !mayBeMade(error)) throw error;
      if ((await run.service(wish.service, signal)).mark === mark) return { since };
      if (error.reason !== 'conflict' || tried === conflictTries) throw certainly(error);
    }
  }
}

function mayBeMade({ reason }: ServiceError): boolean {
  return reason === 'conflict' || reason === 'doubtful' || reason === 'unavailable';
}

/** It was read back and is not there; should it still come, its ETag is out of date by then or it is found by its mark. */
function certainly(error: ServiceError): ServiceError {
  return error.reason === 'doubtful'
    ? new ServiceError('unavailable', error.message, { cause: error })
    : error;
}

/** Where nothing needs to be done, or nothing may be done now. */
async function withoutChange(
  wish: Wish,
  service: RunService,
  signal: AbortSignal,
): Promise<StepResult | undefined> {
  if (wish.insist) return undefined;
  if (service.state === 'changing') {
    const summary = `${wish.what}: nothing was changed, since another change of ${wish.service} is being brought about`;
    return { status: 'failed', summary, retryable: true };
  }
  if (!wish.asked(service) || (await wish.inForce(service, signal)) !== true) return undefined;
  return succeeded(wish, service, 'It is so already: ');
}

function changedMeanwhile(wish: Wish): StepResult {
  const summary = `${wish.what}: someone changed ${wish.service} since it was read`;
  const detail = 'Nothing was changed by this step. Look at what stands there now, then retry.';
  return { status: 'failed', summary, detail, retryable: true };
}

async function look(context: Context, wish: Wish, kept: Kept, signal: AbortSignal): Promise<StepResult> {
  const { run } = googleOf(context);
  const service = await run.service(wish.service, signal);
  if (!wish.asked(service)) {
    const summary = `${wish.what}: it was taken up, and someone changed ${wish.service} since`;
    return { status: 'failed', summary, detail: 'Look at what stands there now.', retryable: false };
  }
  const standing = service.state === 'changing' ? 'not yet' : await wish.inForce(service, signal);
  if (standing === true) return succeeded(wish, service);
  if (standing !== 'not yet') return failed(wish, standing.not);
  const operation = kept.operation === undefined ? undefined : await run.operation(kept.operation, signal);
  if (typeof operation === 'object') return failed(wish, operation.failed);
  const limit = milliseconds(context.input.within);
  if (context.now() - kept.since < limit) return waiting(context, wish, kept);
  return failed(wish, `not in force after ${formatDuration(limit)}; it may still come about`);
}

function succeeded(wish: Wish, service: RunService, prefix = ''): StepResult {
  const { summary, output } = wish.done(service);
  return { status: 'succeeded', summary: `${prefix}${summary}`, output };
}

function failed({ what }: Wish, why: string): StepResult {
  return { status: 'failed', summary: `${what}: ${shown(why, 500)}`, retryable: true };
}

function waiting({ now }: Context, { what }: Wish, kept: Kept) {
  const until = iso(now() + interval);
  const state = { ...kept } as Json;
  return {
    status: 'waiting',
    waiting: { for: 'time', until, what: `${what}: Cloud Run is at it` },
    state,
  } as const;
}

/** Whether the change is there after a crash: known by its mark. */
export async function observeChange(context: Context, wish: Wish, signal: AbortSignal): Promise<Observation> {
  const service = await googleOf(context).run.service(wish.service, signal);
  if (service.mark !== markOf(context)) return { effect: 'absent' };
  if (!wish.asked(service)) {
    const known = [`${wish.what}: it was made`, `Someone changed ${wish.service} since`];
    return { effect: 'unknown', known };
  }
  const standing = service.state === 'changing' ? 'not yet' : await wish.inForce(service, signal);
  if (standing === true) return { effect: 'present', ...wish.done(service) };
  const { waiting: wait, state } = waiting(context, wish, { since: context.now() });
  return { effect: 'begun', waiting: wait, state };
}
