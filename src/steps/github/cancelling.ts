import { z } from 'zod';
import { milliseconds } from '../../core/playbook/duration.ts';
import { iso } from '../../ports/clock.ts';
import type { Workflows } from '../../ports/github.ts';
import type { StepContext, StepResult } from '../../ports/step.ts';
import { candidates, keptSchema } from './follow.ts';
import type { WorkflowInput } from './input.ts';

type Context = StepContext<WorkflowInput>;

const cancelledSchema = z.strictObject({ cancelling: z.array(z.int()), since: z.number() });

/** The runs that a step followed, as the journal has them. */
async function runsOf({ journal }: Context, step: string): Promise<number[]> {
  const found = (await journal()).flatMap((event) => {
    if (event.type !== 'step.waiting' || event.data.step !== step) return [];
    const kept = keptSchema.safeParse(event.data.state);
    return kept.success && kept.data.run !== null ? [kept.data.run] : [];
  });
  return [...new Set(found)];
}

async function stillOn(
  workflows: Workflows,
  runs: readonly number[],
  signal: AbortSignal,
): Promise<number[]> {
  const states = await Promise.all(runs.map((id) => workflows.run(id, signal)));
  return states.filter(({ run }) => run.status !== 'completed').map(({ run }) => run.id);
}

/**
 * Cancels what this step dispatched and what still goes on, without waiting for it. A run that nobody had found yet
 * is looked for where its mark tells it from others. Answers what was cancelled, in words.
 */
export async function cancelLeftovers(
  context: Context,
  workflows: Workflows,
  since: number | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { input, step } = context;
  const known = await runsOf(context, step.id);
  const sought = known.length === 0 && since !== undefined && input.mark !== undefined;
  const found = sought ? await candidates(context, workflows, since, signal) : [];
  const open = await stillOn(workflows, [...known, ...found.map(({ id }) => id)], signal);
  for (const id of open) await workflows.cancel(id, signal);
  return open.length === 0 ? undefined : `${input.workflow} run ${open.join(', ')} is cancelled`;
}

/** Cancels what a step dispatched and still goes on, and waits until it has ended. Asking twice does no harm. */
export async function cancelRuns(
  context: Context,
  workflows: Workflows,
  signal: AbortSignal,
): Promise<StepResult> {
  const { input, kept, now } = context;
  const step = input.cancel ?? '';
  const known = kept === undefined ? undefined : cancelledSchema.parse(kept);
  const open = await stillOn(workflows, known?.cancelling ?? (await runsOf(context, step)), signal);
  if (open.length === 0) {
    const summary = known === undefined ? `No run of ${step} goes on` : `The run of ${step} is cancelled`;
    return { status: 'succeeded', summary };
  }
  const state = known ?? { cancelling: open, since: now() };
  if (known === undefined) for (const id of open) await workflows.cancel(id, signal);
  if (now() >= state.since + milliseconds(input.within)) {
    const summary = `The run of ${step} was asked to stop, and still goes on`;
    return { status: 'failed', summary, retryable: true };
  }
  const until = iso(now() + milliseconds(input.interval));
  return { status: 'waiting', waiting: { for: 'time', until, what: `Cancelling the run of ${step}` }, state };
}
