import { z } from 'zod';
import { formatDuration, milliseconds } from '../../core/playbook/duration.ts';
import { extension } from '../../core/step/deadline.ts';
import { iso } from '../../ports/clock.ts';
import type { WorkflowRun, Workflows } from '../../ports/github.ts';
import { ServiceError } from '../../ports/service.ts';
import type { StepContext, StepResult } from '../../ports/step.ts';
import type { WorkflowInput } from './input.ts';
import { ended, firstFailure, jobLines, progress } from './words.ts';

/** What is kept of a run between two looks. Times in milliseconds since the epoch. */
export const keptSchema = z.strictObject({
  since: z.number().describe('When it was dispatched'),
  run: z.int().nullable().describe('Null: not found yet'),
  next: z.number(),
  saw: z.string(),
});
export type Kept = z.infer<typeof keptSchema>;

type Context = StepContext<WorkflowInput>;

/** GitHub lists a dispatched run after some seconds; after this it takes it for lost. */
export const findingTime = 90_000;
/** How far its clock and ours may be apart. */
const skew = 30_000;

/** What this attempt's run is known by. */
export function markOf({ rollout, step }: Context): string {
  return `${rollout.id}/${step.id}/${step.attempt}`;
}

function isMarked({ title }: WorkflowRun, mark: string): boolean {
  const at = title.indexOf(mark);
  return at >= 0 && !/[\w-]/.test(title[at + mark.length] ?? '') && !/[\w-]/.test(title[at - 1] ?? '');
}

/**
 * The runs that this attempt may have started: those that bear its mark, or, without one, those that our account
 * dispatched on this ref since. More than one: nobody can tell.
 */
export async function candidates(
  context: Context,
  workflows: Workflows,
  since: number,
  signal: AbortSignal,
): Promise<WorkflowRun[]> {
  const { mark, ref = '', workflow = '' } = context.input;
  const found = await workflows.runs(workflow, since - skew, signal);
  if (mark !== undefined) return found.filter((run) => isMarked(run, markOf(context)));
  const account = await workflows.account(signal);
  const branch = ref.replace(/^refs\/(heads|tags)\//, '');
  return found.filter(
    (run) => run.branch === branch && (account === undefined || run.actor === null || run.actor === account),
  );
}

export function waiting(kept: Kept): StepResult {
  return { status: 'waiting', waiting: { for: 'time', until: iso(kept.next), what: kept.saw }, state: kept };
}

function later({ input, now }: Context, kept: Kept, saw: string): StepResult {
  return waiting({ ...kept, saw, next: now() + milliseconds(input.interval) });
}

function isLate({ input, now, answers }: Context, { since }: Kept): boolean {
  return now() >= since + milliseconds(input.within) + extension(answers);
}

async function find(
  context: Context,
  workflows: Workflows,
  kept: Kept,
  signal: AbortSignal,
): Promise<StepResult> {
  const { input, now } = context;
  const found = await candidates(context, workflows, kept.since, signal);
  const [run] = found;
  if (run !== undefined && found.length === 1)
    return look(context, workflows, { ...kept, run: run.id }, signal);
  if (now() < kept.since + findingTime)
    return later(context, kept, `${input.workflow} is dispatched; GitHub doesn't list its run yet`);
  if (run === undefined) {
    const summary = `GitHub lists no run of ${input.workflow} ${formatDuration(now() - kept.since)} after the dispatch`;
    return { status: 'failed', summary, detail: 'A retry dispatches it again.', retryable: true };
  }
  const detail = `These may be it: ${found.map(({ url }) => url).join(' ')}. Give the step a \`mark\`, so that its run can be told.`;
  const summary = `${found.length} runs of ${input.workflow} were dispatched at that time, and which is ours can't be told`;
  return { status: 'failed', summary, detail, retryable: false };
}

async function look(
  context: Context,
  workflows: Workflows,
  kept: Kept,
  signal: AbortSignal,
): Promise<StepResult> {
  const { input, tail, now } = context;
  const { run, jobs } = await workflows.run(kept.run ?? 0, signal);
  const what = input.workflow ?? 'the workflow';
  for (const line of jobLines(jobs)) tail(line);
  const output = { run: run.id, number: run.number, url: run.url, conclusion: run.conclusion };
  if (run.status === 'completed') {
    const summary = ended(what, run, jobs);
    if (run.conclusion === 'success') return { status: 'succeeded', summary, output };
    const detail = [...jobLines(jobs), run.url].join('\n');
    return { status: 'failed', summary, detail, output, retryable: true };
  }
  const failing = firstFailure(jobs);
  const state = `${what} run ${run.number}: ${progress(run, jobs)}${failing === undefined ? '' : ` (${failing})`} · ${run.url}`;
  if (!isLate(context, kept)) return later(context, kept, state);
  const summary = `After ${formatDuration(now() - kept.since)} ${state}`;
  return { status: 'failed', summary, detail: 'The run goes on at GitHub.', output, retryable: false };
}

/** One look at the run; reads only. GitHub being away is waited for, as long as the run may take. */
export async function follow(
  context: Context,
  workflows: Workflows,
  kept: Kept,
  signal: AbortSignal,
): Promise<StepResult> {
  if (context.now() < kept.next) return waiting(kept);
  try {
    const next = kept.run === null ? find : look;
    return await next(context, workflows, kept, signal);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.reason !== 'unavailable' || isLate(context, kept))
      return { status: 'failed', summary: error.message, retryable: false };
    return later(context, kept, error.message);
  }
}
