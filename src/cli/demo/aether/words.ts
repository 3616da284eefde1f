import { publicImage, publicName } from '../../../../sandbox/aether/pods.ts';
import { node } from '../../../../sandbox/kubernetes/kubelet.ts';
import type { Inspected } from './inspect.ts';

const byWhom = {
  played: `It has no nodes, so the demo plays one (${node}): pods count as running, and no image is pulled.`,
  real: `Pods run on its nodes, from ${publicName}:${publicImage.tag} in place of Aether’s own image.`,
};

/** Where the demo plays and what it touches, before it touches anything. */
export function introductionTo({ context, server, files, pods }: Inspected): string {
  return [
    `Aether’s blue/green playbook, played in the cluster of the context “${context}” (${server}; ${files}).`,
    'It makes the namespaces cutover, aether-blue and aether-green there, and the ClusterRole and ClusterRoleBinding cutover-worker.',
    'At the end, also after Ctrl-C, it removes them. It touches nothing else.',
    byWhom[pods],
    'Clients, both platforms behind the names, the image registry, GitHub and the traces are stand-ins on this machine.',
    'A cycle of the soak takes 4 s here instead of 5 min, hypercare 10 s instead of 24 h.',
  ].join('\n');
}
