import type { Cluster, KubernetesObject } from '../../ports/kubernetes.ts';
import { KubernetesError } from '../../ports/kubernetes.ts';
import type { StepContext } from '../../ports/step.ts';
import { clusterOf } from '../kubernetes/place.ts';
import { progressOf, tally, whyWaiting } from '../kubernetes/workloads.ts';
import type { Finding } from '../waiting/poll.ts';
import { descriptionOf } from './marks.ts';
import { HelmError, releaseAt } from './release.ts';
import type { UpgradeInput } from './upgrade.ts';
import { helmOf } from './world.ts';

type Context = StepContext<UpgradeInput>;

/** So many workloads that aren't ready are told in words. */
const mostTold = 4;

/** What the release deployed that has pods to wait for: Helm marks each object with the name of its release. */
async function workloadsOf(cluster: Cluster, { release, namespace }: UpgradeInput, signal: AbortSignal) {
  const lists = ['Deployment', 'StatefulSet'].map((kind) =>
    cluster.list(
      { apiVersion: 'apps/v1', kind, namespace, labels: 'app.kubernetes.io/managed-by=Helm' },
      signal,
    ),
  );
  const all = (await Promise.all(lists)).flat();
  return all.filter(({ metadata }) => metadata.annotations?.['meta.helm.sh/release-name'] === release);
}

/** "4 of 6 Deployments ready; trader waits for 1 of 3 pods: ImagePullBackOff", and whether it goes on at all. */
async function readiness(context: Context, signal: AbortSignal): Promise<Finding> {
  const cluster = clusterOf(context);
  const workloads = await workloadsOf(cluster, context.input, signal);
  const all = workloads.map(progressOf);
  if (all.length === 0) return { met: true, saw: 'nothing to wait for' };
  const slow = workloads.filter((_, index) => all[index]?.done === false);
  context.tail(all.map(({ name, ready, wanted }) => `${name} ${ready}/${wanted}`).join(' · '));
  if (slow.length === 0) return { met: true, saw: tally(all) };
  const told = slow.slice(0, mostTold).map((workload) => inWords(cluster, workload, signal));
  const more = slow.length > mostTold ? [`and ${slow.length - mostTold} more`] : [];
  const final = all.some(({ failed }) => failed !== undefined);
  return { met: false, saw: [tally(all), ...(await Promise.all(told)), ...more].join('; '), final };
}

async function inWords(cluster: Cluster, workload: KubernetesObject, signal: AbortSignal): Promise<string> {
  const { name, ready, wanted, failed } = progressOf(workload);
  const why = failed ?? (await whyWaiting(cluster, workload, signal));
  return `${name} waits for ${wanted - ready} of ${wanted} pods${why === undefined ? '' : `: ${why}`}`;
}

/** What the release is made of, once its workloads are ready. Throws `HelmError` when it is ours no more. */
async function proved(context: Context, ready: string, signal: AbortSignal): Promise<Finding> {
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
    saw: `${chart} is revision ${revision} of ${release} in ${namespace}${ready}`,
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

/** One look at the workloads of the release, and at the release itself once they are ready. */
export async function lookAtRelease(context: Context, signal: AbortSignal): Promise<Finding> {
  if (!context.input.ready) return proved(context, '', signal);
  try {
    const found = await readiness(context, signal);
    return found.met ? await proved(context, `; ${found.saw}`, signal) : found;
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
    const final = error.reason === 'forbidden' || error.reason === 'invalid';
    return { met: false, saw: error.message, final };
  }
}
