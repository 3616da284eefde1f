import { shown } from '../core/step/shown.ts';
import { iso } from '../ports/clock.ts';
import type { Workflows } from '../ports/github.ts';
import { ServiceError } from '../ports/service.ts';
import type { Observation, StepContext, StepKind, StepResult } from '../ports/step.ts';
import { connectionOf } from './evidence/connection.ts';
import { cancelLeftovers, cancelRuns } from './github/cancelling.ts';
import { candidates, findingTime, follow, type Kept, keptSchema, markOf, waiting } from './github/follow.ts';
import { type WorkflowInput, workflowInput } from './github/input.ts';
import { callerOf } from './service/caller.ts';

type Context = StepContext<WorkflowInput>;

function workflowsOf(context: Context): Workflows {
  const { environment, input, world } = context;
  return world.github(connectionOf(environment.connections, input.connection), callerOf(context)).workflows;
}

function inputsOf(context: Context): Record<string, string> {
  const { inputs, mark } = context.input;
  const given = Object.entries(inputs).map(([name, value]) => [name, String(value)]);
  return Object.fromEntries(mark === undefined ? given : [...given, [mark, markOf(context)]]);
}

async function dispatch(context: Context, workflows: Workflows, signal: AbortSignal): Promise<StepResult> {
  const { input, now } = context;
  const { workflow = '', ref = '' } = input;
  const since = now();
  try {
    const run = await workflows.dispatch({ workflow, ref, inputs: inputsOf(context) }, signal);
    const at = now();
    return waiting({ since, run: run ?? null, next: at, saw: `${workflow} is dispatched on ${ref}` });
  } catch (error) {
    if (!(error instanceof ServiceError) || error.reason === 'doubtful') throw error;
    const retryable = error.reason === 'unavailable';
    return { status: 'failed', summary: `${workflow} was not dispatched: ${error.message}`, retryable };
  }
}

async function run(context: Context, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  const workflows = workflowsOf(context);
  if (context.input.cancel !== undefined) return cancelRuns(context, workflows, signal);
  if (context.kept === undefined) return dispatch(context, workflows, signal);
  return follow(context, workflows, keptSchema.parse(context.kept), signal);
}

/** When this attempt's intent was written down; undefined where the journal doesn't have it. */
async function intendedAt({ journal, step }: Context): Promise<number | undefined> {
  const begun = (await journal()).find(
    ({ type, data }) =>
      type === 'step.started' && 'attempt' in data && data.step === step.id && data.attempt === step.attempt,
  );
  return begun === undefined ? undefined : Date.parse(begun.at);
}

function begun(kept: Kept): Observation {
  return { effect: 'begun', waiting: { for: 'time', until: iso(kept.next), what: kept.saw }, state: kept };
}

/** Looks for the run before another one is dispatched; what GitHub may not list yet is looked for further. */
async function observe(context: Context, signal: AbortSignal): Promise<Observation> {
  const { input, now } = context;
  if (input.cancel !== undefined) return { effect: 'absent' };
  const since = (await intendedAt(context)) ?? now() - findingTime;
  const found = await candidates(context, workflowsOf(context), since, signal);
  const [only] = found;
  const kept = { since, run: only?.id ?? null, next: now(), saw: `${input.workflow} was dispatched` };
  if (only !== undefined && found.length === 1) return begun(kept);
  if (only === undefined) {
    if (now() >= since + findingTime) return { effect: 'absent' };
    return begun({ ...kept, saw: `Looking whether ${input.workflow} was dispatched` });
  }
  return {
    effect: 'unknown',
    known: found.map(({ number, url }) => `Run ${number} was dispatched at that time: ${url}`),
  };
}

/** Dispatches a workflow once, finds its run and follows it to its conclusion, with each job in the tail. */
export const githubWorkflow: StepKind<WorkflowInput> = {
  uses: 'github.workflow',
  describe: 'Dispatches a workflow at GitHub and follows its run; in a rollback it can cancel one.',
  input: workflowInput,
  effect: 'once',
  timeout: 60_000,
  async plan({ input: given }) {
    const { workflow, ref, inputs, cancel } = given;
    if (cancel !== undefined) return { summary: `Cancel the run of ${cancel}, if it goes on`, diff: [] };
    const words = Object.entries(inputs ?? {}).map(([name, value]) => `${name}=${value}`);
    const after = shown(['one run', ...words].join(' '));
    const diff = [{ what: `${workflow} on ${ref}`, before: 'no run', after }];
    return { summary: `Run ${workflow} on ${ref}, and wait until it has passed`, diff };
  },
  observe,
  async takeBack(context, signal) {
    if (context.input.cancel !== undefined) return undefined;
    const since = await intendedAt(context);
    return cancelLeftovers(context, workflowsOf(context), since, signal);
  },
  run,
};
