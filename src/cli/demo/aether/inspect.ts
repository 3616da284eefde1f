import type { Pods } from '../../../../sandbox/aether/pods.ts';
import { already, inWords } from '../../../../sandbox/aether/removal.ts';
import { node } from '../../../../sandbox/kubernetes/kubelet.ts';
import { kubernetes } from '../../../adapters/kubernetes/cluster.ts';
import { type Cluster, KubernetesError } from '../../../ports/kubernetes.ts';
import type { Chosen } from './cluster.ts';

/** A cluster that was looked at, and in which nothing was changed. */
export interface Inspected extends Chosen {
  admin: Cluster;
  pods: Pods;
}

/** Somebody waits at a terminal. */
const patience = { pauses: [500, 1_000], timeout: 5_000 };

/** The bot’s port to the cluster, as the person. */
export function openCluster({ connection, env }: Chosen, short: boolean): Cluster {
  const open = kubernetes({ env, agent: () => 'cutover-demo', ...(short ? { patience } : {}) });
  return open(connection);
}

/** Looks whether the demo can be played there, and by whom pods are run; or says why not. */
export async function inspect(chosen: Chosen, signal: AbortSignal): Promise<Inspected | { refusal: string }> {
  try {
    const looked = openCluster(chosen, true);
    const pods = await whoRunsPods(looked, signal);
    const { ours, others } = await already(looked, signal);
    if (others.length > 0) return { refusal: notOurs(inWords(others)) };
    if (ours.length > 0) return { refusal: leftOver(inWords(ours), chosen) };
    return { ...chosen, admin: openCluster(chosen, false), pods };
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
    return {
      refusal: `The cluster of the context “${chosen.context}” (${chosen.server}) does not let itself be looked at: ${error.message}.\nIs it running, and are you its administrator? Nothing was touched.`,
    };
  }
}

/** A control plane without nodes needs somebody who plays them. */
export async function whoRunsPods(cluster: Cluster, signal: AbortSignal): Promise<Pods> {
  const nodes = await cluster.list({ apiVersion: 'v1', kind: 'Node' }, signal);
  return nodes.some(({ metadata: { name } }) => name !== node) ? 'real' : 'played';
}

function notOurs(what: string): string {
  return `${what}: already in this cluster, and not the demo’s. All that the demo makes is removed at its end, so it takes nothing that it did not make. Nothing was touched.\nPlay in another cluster, for instance one of \`kind create cluster --name cutover-demo\`.`;
}

function leftOver(what: string, { context }: Chosen): string {
  return `${what}: left of a demo that was killed, or another one is playing now. Nothing was touched.\nWhen no other one plays, \`npm run demo -- aether --context ${context} --clean\` removes that.`;
}
