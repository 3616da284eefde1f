import { z } from 'zod';
import { durationSchema, milliseconds } from '../core/playbook/duration.ts';
import { listed, shown } from '../core/step/shown.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import { type Captured, capturedSchema } from './helm/captured.ts';
import { conflictFields, forcing } from './helm/conflicts.ts';
import {
  deployedOf,
  HelmError,
  printed,
  type ReleaseView,
  releaseAt,
  releaseFields,
} from './helm/release.ts';
import { helmOf } from './helm/world.ts';

const input = z.strictObject({
  connection: releaseFields.connection,
  restore: capturedSchema.describe('What `helm.upgrade` captured: `${{ steps.<id>.before }}`'),
  uninstall: z
    .boolean()
    .default(false)
    .describe('Take the release away when there was none before; absent: it is left standing'),
  ...conflictFields,
  hooks: durationSchema.default('5m').describe('How long each hook of the chart may take'),
});
type Input = z.infer<typeof input>;

const nameOf = ({ release, namespace }: Captured) => `${release} in ${namespace}`;

/** Whether the captured revision is in force: it itself, or Helm's copy of it. */
async function restored(view: ReleaseView, { revision }: Captured): Promise<number | undefined> {
  const history = await view.history();
  const latest = history.at(-1);
  if (latest === undefined || latest !== deployedOf(history)) return undefined;
  const isIt = latest.revision === revision || latest.description === `Rollback to ${revision}`;
  return isIt ? latest.revision : undefined;
}

async function act(context: StepContext<Input>, args: string[], signal: AbortSignal): Promise<void> {
  const { restore, hooks } = context.input;
  const limits = ['--namespace', restore.namespace, '--timeout', `${milliseconds(hooks)}ms`];
  const onLine = (line: string) => context.tail(shown(line, 500));
  printed(await helmOf(context).run([...args, ...limits], signal, { onLine }));
}

async function takenAway(context: StepContext<Input>, signal: AbortSignal): Promise<StepResult> {
  const { restore, uninstall } = context.input;
  const view = releaseAt(helmOf(context), restore, signal);
  if ((await view.history()).length === 0)
    return { status: 'succeeded', summary: `${nameOf(restore)} is not there, as before` };
  if (!uninstall)
    return {
      status: 'succeeded',
      summary: `${nameOf(restore)} was left standing: there was none before, and the playbook does not say \`uninstall\``,
    };
  await act(context, ['uninstall', restore.release, '--wait'], signal);
  return { status: 'succeeded', summary: `${nameOf(restore)} was taken away: there was none before` };
}

/** A revision from before its hosts were moved: Helm would take them back, from where clients use them. */
async function leftAlone(view: ReleaseView, restore: Captured, away: readonly string[]): Promise<StepResult> {
  const latest = (await view.history()).at(-1);
  const stays =
    latest === undefined ? 'is not there' : `stays at revision ${latest.revision} (${latest.status})`;
  return {
    status: 'succeeded',
    summary: `${nameOf(restore)} ${stays}: with revision ${restore.revision} Helm would take ${listed(away)} back, which had been moved elsewhere before. The next rollout to this side deploys over it`,
  };
}

async function goneBack(context: StepContext<Input>, aim: number, signal: AbortSignal): Promise<StepResult> {
  const { restore } = context.input;
  const view = releaseAt(helmOf(context), restore, signal);
  if ((await restored(view, restore)) === undefined) {
    const { movedAway = [] } = restore;
    if (movedAway.length > 0) return leftAlone(view, restore, movedAway);
    const force = await forcing(context.input, view, aim);
    await act(context, ['rollback', restore.release, `${aim}`, ...force], signal);
  }
  const revision = await restored(view, restore);
  if (revision === undefined)
    return failed(`Revision ${restore.revision} of ${nameOf(restore)} is not in force`);
  const now = await view.digests(revision);
  if (now.values !== restore.values || now.manifest !== restore.manifest)
    return failed(
      `Revision ${revision} of ${nameOf(restore)} differs from what was captured`,
      `Helm went back to revision ${restore.revision}, but its values or objects are not those of then. Compare them by hand.`,
    );
  return {
    status: 'succeeded',
    summary: `${nameOf(restore)} is back at ${restore.chart} (revision ${restore.revision}), values and objects as captured`,
    output: { revision, of: restore.revision, valuesSha256: now.values, manifestSha256: now.manifest },
  };
}

function failed(summary: string, detail?: string): StepResult {
  return { status: 'failed', summary, ...(detail === undefined ? {} : { detail }), retryable: true };
}

/** Puts a release back to the revision that was captured before it was upgraded, by the real Helm. */
export const helmRollback: StepKind<Input> = {
  uses: 'helm.rollback',
  describe: 'Puts a release back to the revision that was captured, and proves it by its hashes.',
  input,
  effect: 'repeatable',
  timeout: 10 * 60_000,
  async plan({ input: { restore, uninstall } }) {
    if (restore.revision !== null)
      return { summary: `Put ${nameOf(restore)} back to revision ${restore.revision}`, diff: [] };
    const what = uninstall ? 'Take' : 'Leave';
    return { summary: `${what} ${nameOf(restore)}${uninstall ? ' away' : ' standing'}`, diff: [] };
  },
  async run(context, signal) {
    signal.throwIfAborted();
    try {
      const { revision } = context.input.restore;
      return await (revision === null ? takenAway(context, signal) : goneBack(context, revision, signal));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof HelmError) return failed(error.message);
      throw error;
    }
  },
};
