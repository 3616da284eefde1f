import { milliseconds } from '../../core/playbook/duration.ts';
import { shown } from '../../core/step/shown.ts';
import type { StepContext } from '../../ports/step.ts';
import type { Maker } from './marks.ts';
import { deployedOf, HelmError, printed, type Revision } from './release.ts';
import type { UpgradeInput } from './upgrade.ts';
import { helmOf } from './world.ts';

type Target = Pick<UpgradeInput, 'release' | 'namespace'>;

/** Two sentences: how a release is stuck, since when and by whom, and the way out. */
export function stuckWords(
  { release, namespace }: Target,
  { latest, maker }: { latest: Revision; maker: Maker },
  deployed: Revision | undefined,
): [summary: string, detail: string] {
  const way =
    deployed === undefined
      ? `helm uninstall ${release} --namespace ${namespace}`
      : `helm rollback ${release} ${deployed.revision} --namespace ${namespace}`;
  return [
    `Revision ${latest.revision} of ${release} is ${shown(latest.status, 40)} since ${instant(latest.updated)}, begun by ${maker.words}`,
    `Helm deploys nothing over it. When no Helm is at it any more, \`${way}\` mends it; then retry. With \`repair: rollback\` the step does so by itself.`,
  ];
}

function instant(text: string): string {
  const at = Date.parse(text);
  return Number.isNaN(at)
    ? shown(text, 40)
    : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/**
 * Takes a release out of its pending state: back to the revision in force, or away where none ever was. Throws
 * `HelmError`, also where there is no telling what to go back to.
 */
export async function repaired(
  context: StepContext<UpgradeInput>,
  history: readonly Revision[],
  signal: AbortSignal,
): Promise<void> {
  const { release, namespace, hooks } = context.input;
  const deployed = deployedOf(history);
  if (deployed === undefined && history.some(({ status }) => status === 'superseded'))
    throw new HelmError(`No revision of ${release} is in force, so there is none to go back to`);
  const act = deployed === undefined ? ['uninstall', release] : ['rollback', release, `${deployed.revision}`];
  context.tail(`The release is stuck; first: helm ${act.join(' ')}`);
  const limits = ['--namespace', namespace, '--timeout', `${milliseconds(hooks)}ms`];
  const exit = await helmOf(context).run([...act, ...limits], signal, {
    onLine: (line) => context.tail(shown(line, 500)),
  });
  printed(exit);
}
