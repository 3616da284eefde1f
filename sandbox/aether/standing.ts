import type { Cluster, KubernetesObject } from '../../src/ports/kubernetes.ts';
import { sides } from './ground.ts';

const kinds = [
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'apps/v1', kind: 'Deployment' },
];

/** What the API server holds of both sides, without what it counts and dates itself: two of these can be compared. */
export async function standingIn(admin: Cluster, signal: AbortSignal) {
  const objects = await Promise.all(
    Object.values(sides).flatMap((namespace) =>
      kinds.map((kind) => admin.list({ ...kind, namespace }, signal)),
    ),
  );
  return objects.flat().map(({ kind, metadata, spec }: KubernetesObject) => {
    const { namespace, name, labels, annotations } = metadata;
    return { kind, namespace, name, labels, annotations, spec };
  });
}
