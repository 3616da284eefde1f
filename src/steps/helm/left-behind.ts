import { shown } from '../../core/step/shown.ts';
import { KubernetesError } from '../../ports/kubernetes.ts';
import type { StepContext, StepResult } from '../../ports/step.ts';
import { standing } from './marks.ts';
import { deployedOf, HelmError, type ReleaseView, type Revision } from './release.ts';
import { stuckWords, type WayOut, wayOut } from './repair.ts';
import type { UpgradeInput } from './upgrade.ts';

/**
 * What Helm left when it ended with an error, and what comes next; undefined where it has recorded all as done and
 * only the answer to that got lost. The words that Helm ended with are the summary.
 */
export async function leftBehind(
  context: StepContext<UpgradeInput>,
  view: ReleaseView,
  { message }: HelmError,
  signal: AbortSignal,
): Promise<StepResult | undefined> {
  const history = await view.history().catch((error: unknown) => {
    if (error instanceof HelmError) return error;
    throw error;
  });
  if (history instanceof HelmError) return failed(message, unread(context.input, history));
  const found = await standing(view, history, context);
  switch (found.is) {
    case 'done':
      context.tail(
        `Helm ended with an error, but it has recorded revision ${found.own.revision} as deployed: ${shown(message, 300)}`,
      );
      return undefined;
    case 'stuck':
      return failed(message, await stuck(context, view, { ...found, history }, signal));
    case 'failed':
      return failed(message, halfWay(found.own, deployedOf(history)));
    case 'overtaken':
    case 'clear':
      return failed(message, untouched(found.latest));
  }
}

function failed(summary: string, detail: string): StepResult {
  return { status: 'failed', summary, detail, retryable: true };
}

function unread({ release, namespace }: UpgradeInput, { message }: Error): string {
  return `What it left of ${release} could not be read: ${message}. \`helm history ${release} --namespace ${namespace}\` says it. A retry looks first, and deploys only where nothing is in its way.`;
}

async function stuck(
  context: StepContext<UpgradeInput>,
  view: ReleaseView,
  { history, ...found }: Parameters<typeof stuckWords>[1] & { history: readonly Revision[] },
  signal: AbortSignal,
): Promise<string> {
  const { input } = context;
  const way = await wayOut(context, view, history, signal).catch((error: unknown) => {
    if (error instanceof HelmError || error instanceof KubernetesError) return error;
    throw error;
  });
  if (way instanceof Error) return unread(input, way);
  const [what, how] = stuckWords(input, found, way);
  if (input.repair === 'ask' || way.act === 'none') return `${what}. ${how}`;
  return `${what}. A retry ${firstOf(way)} first, and then deploys again.`;
}

function firstOf(way: Exclude<WayOut, { act: 'none' }>): string {
  if (way.act === 'uninstall') return 'takes it away';
  return `goes ${way.is === 'pending' ? 'on' : 'back'} to revision ${way.to}`;
}

function halfWay({ revision }: Revision, deployed: Revision | undefined): string {
  const before =
    deployed === undefined
      ? 'Nothing was deployed before'
      : `Revision ${deployed.revision} is what was deployed before`;
  return `Helm recorded revision ${revision} as failed: some of its objects may be changed already, others not. A retry deploys all of it again, as a new revision. ${before}.`;
}

function untouched(latest: Revision | undefined): string {
  if (latest?.status === 'failed')
    return `Helm was stopped at revision ${latest.revision}, half-way. A retry deploys all of it again, as a new revision.`;
  return 'Helm recorded nothing of it, so it has changed nothing. A retry begins anew.';
}
