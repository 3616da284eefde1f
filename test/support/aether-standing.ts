import { z } from 'zod';
import { helmAt } from '../../src/adapters/helm/helm.ts';
import { processRunner } from '../../src/adapters/world/processes.ts';
import type { KubernetesObject } from '../../src/ports/kubernetes.ts';
import { printed } from '../../src/steps/helm/release.ts';
import type { Aether } from './aether.ts';
import type { TestCluster } from './cluster.ts';
import { folderOf } from './kubernetes-programs.ts';
import { until } from './until.ts';

const never = new AbortController().signal;

export const sides = ['aether-blue', 'aether-green'];
const kinds = [
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'batch/v1', kind: 'Job' },
  ...['Service', 'ConfigMap', 'Secret'].map((kind) => ({ apiVersion: 'v1', kind })),
];

/** What each cluster and each rollout gives anew: where it stands, the rest is compared. */
const given = new Set([
  ...['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields', 'status'],
  ...['clusterIP', 'clusterIPs', 'cutover.dev/epoch', 'controller-uid', 'batch.kubernetes.io/controller-uid'],
  // Helm's own record of a revision: what it holds is compared as objects, and its number is counted apart.
  ...['release', 'version', 'modifiedAt', 'createdAt', 'cutover.dev/attempt'],
  'deployment.kubernetes.io/revision',
]);

/** Rollouts, attempts and instants: each is called the same. */
function plainText(text: string): string {
  return text
    .replaceAll(/\baether-\d+(-[a-z-]+)-\d+\b/g, 'aether-N$1-n')
    .replaceAll(/\baether-\d+\b/g, 'aether-N')
    .replaceAll(/\b(sh\.helm\.release\.v1\.aether\.v)\d+\b/g, '$1N')
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then');
}

/** A value without what is given anew. */
function plain(value: unknown): unknown {
  if (typeof value === 'string') return plainText(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !given.has(name));
  return Object.fromEntries(kept.map(([name, one]) => [name, plain(one)]));
}

const statusSchema = z.looseObject({
  succeeded: z.number().optional(),
  failed: z.number().optional(),
  readyReplicas: z.number().optional(),
});

/** What one object is, by its name and without what differs anyway. */
function described(object: KubernetesObject): [string, unknown] {
  const { kind, metadata, status } = object;
  const { succeeded, failed, readyReplicas } = statusSchema.catch({}).parse(status);
  const name = plainText(metadata.name);
  const place = metadata.namespace === undefined ? '' : `${metadata.namespace}/`;
  return [`${kind} ${place}${name}`, { ...(plain(object) as object), succeeded, failed, readyReplicas }];
}

/** Every object of both sides, field by field; of Helm's records only what is in force. */
export async function standing({ admin }: TestCluster): Promise<Record<string, unknown>> {
  const lists = sides.flatMap((namespace) => kinds.map((kind) => admin.list({ ...kind, namespace }, never)));
  const namespaces = admin.list({ apiVersion: 'v1', kind: 'Namespace' }, never);
  const objects = [...(await Promise.all(lists)).flat(), ...(await namespaces).filter(isSide)];
  const found = objects.filter((object) => !isPast(object) && !isTheirs(object)).map(described);
  const doubled = found.filter(([name], place) => found.findIndex(([other]) => other === name) !== place);
  if (doubled.length > 0) throw new Error(`made twice: ${doubled.map(([name]) => name).join(', ')}`);
  return Object.fromEntries(found);
}

const isSide = ({ metadata }: KubernetesObject) => sides.includes(metadata.name);

function isPast({ metadata: { labels } }: KubernetesObject): boolean {
  return labels?.owner === 'helm' && labels.status !== 'deployed';
}

/** What the controllers put into each namespace. */
function isTheirs({ kind, metadata: { name } }: KubernetesObject): boolean {
  return name === 'kube-root-ca.crt' || (kind === 'Secret' && name.startsWith('default-token-'));
}

/** The revisions of the new side's release, as Helm keeps them: `1 deployed`. */
export async function revisions({ admin }: TestCluster): Promise<string[]> {
  const records = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'aether-green', labels: 'owner=helm' };
  const found = await admin.list(records, never);
  return found.map(({ metadata: { labels } }) => `${labels?.version} ${labels?.status}`).sort();
}

/** Takes away all that rollouts made: the new side's release, the copies, the Jobs. */
export async function asNew({ cluster: { admin, connection } }: Aether): Promise<void> {
  const env = { HELM_DRIVER: 'configmap' };
  const helm = helmAt(connection, { processes: processRunner({ firstOnPath: await folderOf('helm') }), env });
  printed(await helm.run(['uninstall', 'aether', '--namespace', 'aether-green', '--wait'], never));
  const made = () =>
    Promise.all(
      ['Job', 'ConfigMap', 'Secret'].map((kind) =>
        admin.list(
          {
            apiVersion: kind === 'Job' ? 'batch/v1' : 'v1',
            kind,
            labels: 'app.kubernetes.io/managed-by=cutover',
          },
          never,
        ),
      ),
    ).then((lists) => lists.flat());
  for (const { apiVersion, kind, metadata } of await made()) {
    const { namespace = '', name } = metadata;
    await admin.remove({ apiVersion, kind, namespace, name }, {}, never);
  }
  await until('all that rollouts made to be gone', async () => (await made()).length === 0);
}
