import type { Observation, StepContext, StepKind, StepResult } from '../ports/step.ts';
import { LocalFileError } from '../ports/world.ts';
import { captureRelease } from './helm/captured.ts';
import { forcing } from './helm/conflicts.ts';
import { leftBehind } from './helm/left-behind.ts';
import { standing } from './helm/marks.ts';
import { planUpgrade } from './helm/plan-upgrade.ts';
import { HelmError, type ReleaseView, type Revision, releaseAt } from './helm/release.ts';
import { repaired, stuckWords, wayOut } from './helm/repair.ts';
import { type UpgradeInput, upgrade, upgradeInput } from './helm/upgrade.ts';
import { lookAtRelease } from './helm/workloads.ts';
import { helmOf } from './helm/world.ts';
import { refused } from './kubernetes/settle.ts';
import { poll, pollFrom } from './waiting/poll.ts';

type Context = StepContext<UpgradeInput>;

/** Makes the revision of this attempt, or finds it; a result where there is none to wait for. */
async function released(context: Context, signal: AbortSignal): Promise<StepResult | undefined> {
  const view = releaseAt(helmOf(context), context.input, signal);
  let history = await view.history();
  if (context.capturing) await captureRelease(context, view, history, signal);
  let found = await standing(view, history, context);
  if (found.is === 'stuck' && context.input.repair === 'rollback') {
    await repaired(context, view, history, signal);
    history = await view.history();
    found = await standing(view, history, context);
  }
  switch (found.is) {
    case 'done':
      return undefined;
    case 'overtaken':
      return failed(
        `Revision ${found.latest.revision} came over ours (${found.own.revision})`,
        'Somebody else changed the release meanwhile. Look at what they did, then retry or roll back.',
      );
    case 'failed':
      return failed(`Helm gave revision ${found.own.revision} up: ${found.own.description}`);
    case 'stuck':
      return failed(...stuckWords(context.input, found, await wayOut(context, view, history, signal)));
    case 'clear':
      return upgraded(context, view, found.latest, signal);
  }
}

/** How Helm says that it ended may be wrong, as when an answer got lost: what it has recorded counts. */
async function upgraded(
  context: Context,
  view: ReleaseView,
  latest: Revision | undefined,
  signal: AbortSignal,
): Promise<StepResult | undefined> {
  const force = await forcing(context.input, view, latest?.revision);
  try {
    await upgrade(context, force, signal);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof HelmError)) throw error;
    return leftBehind(context, view, error, signal);
  }
}

function failed(summary: string, detail?: string): StepResult {
  return { status: 'failed', summary, ...(detail === undefined ? {} : { detail }), retryable: true };
}

/** A revision that failed or was overtaken is found again by `run`, which makes no second one. */
async function observe(context: Context, signal: AbortSignal): Promise<Observation> {
  const view = releaseAt(helmOf(context), context.input, signal);
  const history = await view.history();
  const found = await standing(view, history, context);
  if (found.is === 'done') return pollFrom(context.now(), subjectOf(context.input));
  if (found.is !== 'stuck' || context.input.repair === 'rollback') return { effect: 'absent' };
  const way = await wayOut(context, view, history, signal);
  return { effect: 'unknown', known: stuckWords(context.input, found, way) };
}

const subjectOf = ({ release, namespace }: UpgradeInput) => `${release} in ${namespace}`;

async function run(context: Context, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  const { input, kept } = context;
  try {
    const stopped = kept === undefined ? await released(context, signal) : undefined;
    if (stopped) return stopped;
    return await poll({ ...context, input: { ...input, consecutive: 1 } }, subjectOf(input), () =>
      lookAtRelease(context, signal),
    );
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HelmError || error instanceof LocalFileError) return failed(error.message);
    return refused(error, 'What clients use could not be read, so nothing more was done.');
  }
}

/** Installs or upgrades a release by the real Helm, once in an attempt, and waits until its workloads are ready. */
export const helmUpgrade: StepKind<UpgradeInput> = {
  uses: 'helm.upgrade',
  describe: 'Installs a chart or upgrades its release by Helm, and waits until what it deployed is ready.',
  input: upgradeInput,
  effect: 'once',
  timeout: 10 * 60_000,
  plan: planUpgrade,
  observe,
  run,
};
