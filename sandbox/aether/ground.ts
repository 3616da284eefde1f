import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { documentsIn } from '../../src/core/yaml.ts';
import type { Helm } from '../../src/ports/helm.ts';
import type { Cluster, KubernetesObject, ObjectRef } from '../../src/ports/kubernetes.ts';
import { printed } from '../../src/steps/helm/release.ts';

const root = join(import.meta.dirname, '../..');
const rights = ['namespaces.yaml', 'worker.yaml'];

/** The chart of the platform, from the root of the checkout. */
export const chart = 'test/charts/aether';

/** The two sides of the platform in the cluster. */
export const sides = { blue: 'aether-blue', green: 'aether-green' } as const;

/** The hosts that clients use. */
export const liveHosts = ['api.aether.example', 'app.aether.example'] as const;

const secret = (name: string, keys: readonly string[]): KubernetesObject => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: sides.blue } },
  stringData: Object.fromEntries(keys.map((key) => [key, `value of ${key}`])),
});
const state = (name: string): KubernetesObject => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: sides.blue } },
  data: { 'state.json': '{"enabled":false}' },
});

/** The namespaces, the bot's account and its rights, as `deploy/kubernetes` gives them. */
export async function rightsOfBot(): Promise<KubernetesObject[]> {
  const texts = await Promise.all(
    rights.map((file) => readFile(join(root, 'deploy/kubernetes', file), 'utf8')),
  );
  return texts.flatMap((text) => documentsIn(text) as KubernetesObject[]);
}

/** What stands in the cluster beyond the namespaces' content: whoever removes all of it leaves nothing. */
export async function outsideNamespaces(): Promise<ObjectRef[]> {
  const objects = await rightsOfBot();
  return objects.flatMap(({ apiVersion, kind, metadata: { name, namespace } }) =>
    namespace === undefined ? [{ apiVersion, kind, name }] : [],
  );
}

/** Makes what has to be there before a first rollout: namespaces, rights, and blue's secrets and state. */
export async function layGround(
  admin: Cluster,
  signal: AbortSignal,
  labels: Record<string, string> = {},
): Promise<void> {
  for (const object of await rightsOfBot()) {
    const metadata = { ...object.metadata, labels: { ...object.metadata.labels, ...labels } };
    await admin.apply({ ...object, metadata }, signal);
  }
  const objects = [
    secret('aether-company', ['api-key']),
    secret('aether-director-accounts', ['aster-key', 'lyra-key']),
    secret('aether-state-account-keys', ['keys']),
    state('aether-state-safe-mode'),
    state('aether-state-capital-allocator'),
  ];
  for (const object of objects) await admin.create(object, signal);
}

/** Installs the platform that serves clients before the first rollout. `values` is what its values file doesn't say. */
export async function installBlue(helm: Helm, signal: AbortSignal, values: object = {}): Promise<void> {
  const files = ['--values', `${chart}-blue.yaml`, '--values', '-'];
  const args = ['install', 'aether', chart, '--namespace', sides.blue, ...files];
  printed(await helm.run(args, signal, { stdin: JSON.stringify(values) }));
}
