import { milliseconds } from '../../core/playbook/duration.ts';
import { listed, shown } from '../../core/step/shown.ts';
import type { StepContext } from '../../ports/step.ts';
import { awayFrom } from './captured.ts';
import { forcing } from './conflicts.ts';
import type { Maker } from './marks.ts';
import { deployedOf, HelmError, printed, type ReleaseView, type Revision } from './release.ts';
import type { UpgradeInput } from './upgrade.ts';
import { helmOf } from './world.ts';

type Context = StepContext<UpgradeInput>;

/** What takes a release out of its pending state, or why nothing does that we can answer for. */
export type WayOut =
  | { act: 'uninstall' }
  | { act: 'rollback'; to: number; is: 'in force' | 'pending' }
  | { act: 'none'; why: string };

/**
 * Back to the revision in force, or away where none ever was. Where going back would take hosts from where clients use
 * them now, on with the pending revision: Helm deploys over it all the same. Throws `HelmError` and `KubernetesError`.
 */
export async function wayOut(
  context: Context,
  view: ReleaseView,
  history: readonly Revision[],
  signal: AbortSignal,
): Promise<WayOut> {
  const [deployed, latest] = [deployedOf(history), history.at(-1)];
  if (deployed === undefined || latest === undefined) return { act: 'uninstall' };
  const away = await awayFrom(context, view, deployed, signal);
  if (away.length === 0) return { act: 'rollback', to: deployed.revision, is: 'in force' };
  const pending = (await view.ingresses(latest.revision)).flatMap(({ hosts }) => hosts);
  if (!away.some((host) => pending.includes(host)))
    return { act: 'rollback', to: latest.revision, is: 'pending' };
  const why = `Revisions ${deployed.revision} and ${latest.revision} of ${context.input.release} both have ${listed(away)}, which were moved elsewhere: going to either would take them from there`;
  return { act: 'none', why };
}

/** The way out as a person types it. */
function typed({ release, namespace }: UpgradeInput, way: Exclude<WayOut, { act: 'none' }>): string {
  const aim = way.act === 'rollback' ? ` ${way.to}` : '';
  return `helm ${way.act} ${release}${aim} --namespace ${namespace}`;
}

/** Two sentences: how a release is stuck, since when and by whom, and the way out. */
export function stuckWords(
  input: UpgradeInput,
  { latest, maker }: { latest: Revision; maker: Maker },
  way: WayOut,
): [summary: string, detail: string] {
  const record = `sh.helm.release.v1.${input.release}.v${latest.revision}`;
  return [
    `Revision ${latest.revision} of ${input.release} is ${shown(latest.status, 40)} since ${instant(latest.updated)}, begun by ${maker.words}`,
    way.act === 'none'
      ? `Helm deploys nothing over it. ${way.why}. When no Helm is at it any more, take Helm's record \`${record}\` in ${input.namespace} away; then retry.`
      : `Helm deploys nothing over it. When no Helm is at it any more, \`${typed(input, way)}\` mends it; then retry. With \`repair: rollback\` the step does so by itself.`,
  ];
}

function instant(text: string): string {
  const at = Date.parse(text);
  return Number.isNaN(at)
    ? shown(text, 40)
    : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/**
 * Takes a release out of its pending state. Throws `HelmError`, also where there is no telling what to go back to, and
 * `KubernetesError`.
 */
export async function repaired(
  context: Context,
  view: ReleaseView,
  history: readonly Revision[],
  signal: AbortSignal,
): Promise<void> {
  const { release, namespace, hooks } = context.input;
  if (deployedOf(history) === undefined && history.some(({ status }) => status === 'superseded'))
    throw new HelmError(`No revision of ${release} is in force, so there is none to go back to`);
  const way = await wayOut(context, view, history, signal);
  if (way.act === 'none') return;
  const aim = way.act === 'rollback' ? [`${way.to}`] : [];
  const force = way.act === 'rollback' ? await forcing(context.input, view, way.to) : [];
  context.tail(`The release is stuck; first: helm ${[way.act, release, ...aim].join(' ')}`);
  const limits = ['--namespace', namespace, '--timeout', `${milliseconds(hooks)}ms`];
  const exit = await helmOf(context).run([way.act, release, ...aim, ...force, ...limits], signal, {
    onLine: (line) => context.tail(shown(line, 500)),
  });
  printed(exit);
}
