import type { StepContext } from '../../ports/step.ts';
import type { Finding } from '../waiting/poll.ts';
import { descriptionOf } from './marks.ts';
import { HelmError, releaseAt } from './release.ts';
import type { UpgradeInput } from './upgrade.ts';
import { helmOf } from './world.ts';

/** Looks which revision stands there. Throws `HelmError` when it is ours no more. */
export async function lookAtRelease(
  context: StepContext<UpgradeInput>,
  signal: AbortSignal,
): Promise<Finding> {
  const { release, namespace } = context.input;
  const view = releaseAt(helmOf(context), context.input, signal);
  const latest = (await view.history()).at(-1);
  if (latest?.description !== descriptionOf(context))
    throw new HelmError(
      `The latest revision of ${release} is not ours any more (${latest?.description ?? 'none'})`,
    );
  const { revision, chart, app_version: appVersion } = latest;
  const { values, manifest } = await view.digests(revision);
  return {
    met: true,
    saw: `${chart} is revision ${revision} of ${release} in ${namespace}`,
    output: {
      release,
      namespace,
      revision,
      chart,
      appVersion,
      valuesSha256: values,
      manifestSha256: manifest,
    },
  };
}
