import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuthorizationV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documentsIn } from '../../../src/core/step/manifests.ts';
import type { KubernetesObject } from '../../../src/ports/kubernetes.ts';
import { stepKinds } from '../../../src/steps/registry.ts';
import { clusterFor, startCluster, type TestCluster } from '../../support/cluster.ts';
import { calm, connection, contextAt } from '../../support/kubernetes-step.ts';

const [blue, green] = ['aether-blue', 'aether-green'];
const manifests = ['deploy/kubernetes/namespaces.yaml', 'deploy/kubernetes/worker.yaml'];
let cluster: TestCluster;
let dir: string;
let [worker, gateway] = ['', ''];

const object = (kind: string, name: string, more: object, namespace = blue): KubernetesObject => ({
  ...{ apiVersion: 'v1', kind, metadata: { name, namespace } },
  ...more,
});
const rule = (host: string) => ({
  host,
  http: {
    paths: [
      { path: '/', pathType: 'Prefix', backend: { service: { name: 'gateway', port: { number: 80 } } } },
    ],
  },
});
const ingress = (namespace: string, host: string): KubernetesObject => ({
  ...object('Ingress', 'aether', { spec: { rules: [rule(host)] } }, namespace),
  apiVersion: 'networking.k8s.io/v1',
});
const gatewayService = { spec: { selector: { app: 'gateway' }, ports: [{ port: 80, protocol: 'TCP' }] } };
const template = {
  metadata: { labels: { app: 'trader' } },
  spec: { containers: [{ name: 'main', image: 'example.test/x:1' }] },
};
const trader = { spec: { replicas: 0, selector: { matchLabels: { app: 'trader' } }, template } };

beforeAll(async () => {
  cluster = await startCluster();
  dir = await mkdtemp(join(tmpdir(), 'cutover-rights-'));
  for (const file of manifests) {
    for (const one of documentsIn(await readFile(file, 'utf8')))
      await cluster.admin.apply(one as unknown as KubernetesObject, calm);
  }
  const standing = [
    object('Secret', 'aether-company', { data: { 'api-key': 'a2V5' } }),
    object('Secret', 'somebody-elses', { data: { key: 'c2VjcmV0' } }),
    object('ConfigMap', 'aether-state', { data: { enabled: 'false' } }),
    object('Service', 'gateway', gatewayService),
    object('Service', 'gateway', gatewayService, green),
    ingress(blue, 'api.example.test'),
    ingress(green, 'own.green.example.test'),
    { ...object('Deployment', 'trader', trader, green), apiVersion: 'apps/v1' },
  ];
  for (const one of standing) await cluster.admin.apply(one, calm);
  worker = await kubeconfigOf('cutover-worker');
  gateway = await kubeconfigOf('cutover-gateway');
});
afterAll(async () => {
  for (const name of [blue, green, 'cutover'])
    await cluster?.admin.remove({ apiVersion: 'v1', kind: 'Namespace', name }, {}, calm);
  await cluster?.stop();
  if (dir) await rm(dir, { recursive: true, force: true });
});

function configOf(path: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(path);
  return config;
}

/** With a token that the API server gave this account. */
async function kubeconfigOf(name: string): Promise<string> {
  const config = configOf(cluster.kubeconfig);
  const body = { spec: { audiences: [], expirationSeconds: 3_600 } };
  const asked = { name, namespace: 'cutover', body };
  const { status } = await config.makeApiClient(CoreV1Api).createNamespacedServiceAccountToken(asked);
  const [server] = config.getClusters();
  if (server === undefined || status === undefined) throw new Error('no token');
  config.loadFromClusterAndUser(server, { name, token: status.token ?? '' });
  const path = join(dir, name);
  await writeFile(path, config.exportConfig());
  return path;
}

function may(kubeconfig: string, verb: string, resource: string, namespace: string, subresource?: string) {
  const resourceAttributes = { verb, resource, namespace, ...(subresource ? { subresource } : {}) };
  const api = configOf(kubeconfig).makeApiClient(AuthorizationV1Api);
  const body = { spec: { resourceAttributes } };
  return api.createSelfSubjectAccessReview({ body }).then(({ status }) => status?.allowed);
}

/** All that somebody may do in a namespace, but for asking who they are and what they may, and what everybody may read. */
async function rulesOf(kubeconfig: string, namespace: string): Promise<string[]> {
  const api = configOf(kubeconfig).makeApiClient(AuthorizationV1Api);
  const { status } = await api.createSelfSubjectRulesReview({ body: { spec: { namespace } } });
  expect(status?.incomplete).toBe(false);
  const rules = (status?.resourceRules ?? []).flatMap(({ verbs, resources = [], resourceNames = [] }) =>
    resources.map((resource) => [resource, ...resourceNames, verbs.toSorted().join(' ')].join(' ')),
  );
  return [...new Set(rules)].filter((rule) => !rule.startsWith('selfsubject')).toSorted();
}

const deployments = { namespace: green, kinds: ['Deployment'] };

describe('the worker, with exactly what deploy/kubernetes gives it', () => {
  test.each([
    ['kubernetes.namespace', { name: green }],
    ['kubernetes.secrets', { namespace: blue, secrets: { 'aether-company': ['api-key'] } }],
    ['kubernetes.copy', { from: blue, to: green, configMaps: ['aether-state'], secrets: ['aether-company'] }],
    ['kubernetes.env', { ...deployments, variables: { PORT: '9464' }, set: true }],
    ['kubernetes.ready', { ...deployments, within: '1m' }],
    ['kubernetes.apply', { namespace: green, objects: [object('ConfigMap', 'extra', { data: {} }, green)] }],
    [
      'kubernetes.switch',
      {
        hosts: ['api.example.test'],
        from: { namespace: blue, ingress: 'aether' },
        to: { namespace: green, ingress: 'aether' },
      },
    ],
  ])('%s succeeds, and its restore', async (uses, input) => {
    const kind = stepKinds.get(uses);
    if (kind === undefined) throw new Error(`no kind ${uses}`);
    const given = contextAt(cluster, kind, { connection, ...input }, { kubeconfig: worker });
    const context = { ...given, rollout: { ...given.rollout, playbook: 'aether-blue-green' } };
    await kind.plan(context);
    await kind.observe?.(context, calm);
    const result = await kind.run(context, calm);
    expect(result, JSON.stringify(result)).toMatchObject({ status: 'succeeded' });
    const [restore] = given.captures;
    if (restore === undefined) return;
    const back = contextAt(cluster, kind, { restore }, { kubeconfig: worker });
    expect(await kind.run(back, calm)).toMatchObject({ status: 'succeeded' });
  });

  const at = () => clusterFor({ kind: 'kubernetes', kubeconfig: worker });

  test('another Secret’s values are refused, in words with the rule that would allow it', async () => {
    const ref = { apiVersion: 'v1', kind: 'Secret', namespace: blue, name: 'somebody-elses' };
    await expect(at().read(ref, calm)).rejects.toMatchObject({
      reason: 'forbidden',
      message: `read Secret ${blue}/somebody-elses: the ServiceAccount cutover-worker of cutover may not get secrets. To allow it, add to its Role in ${blue}: {"apiGroups":[""],"resources":["secrets"],"resourceNames":["somebody-elses"],"verbs":["get"]}`,
    });
    await expect(at().describe(ref, calm)).rejects.toMatchObject({ reason: 'forbidden' });
    const all = { apiVersion: 'v1', kind: 'Secret', namespace: blue };
    await expect(at().list(all, calm)).rejects.toMatchObject({ reason: 'forbidden' });
  });

  test('other namespaces are refused', async () => {
    for (const namespace of ['default', 'kube-system', 'cutover']) {
      const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'any' };
      await expect(at().read(ref, calm)).rejects.toMatchObject({ reason: 'forbidden' });
      const made = at().create(object('ConfigMap', 'any', {}, namespace), calm);
      await expect(made).rejects.toMatchObject({ reason: 'forbidden' });
    }
    const made = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } };
    await expect(at().create(made, calm)).rejects.toMatchObject({ reason: 'forbidden' });
  });

  test('exec, roles and tokens are refused', async () => {
    expect(await may(worker, 'create', 'pods', green, 'exec')).toBe(false);
    expect(await may(worker, 'create', 'pods', green, 'attach')).toBe(false);
    expect(await may(worker, 'create', 'serviceaccounts', 'cutover', 'token')).toBe(false);
    expect(await may(worker, 'create', 'rolebindings', green)).toBe(false);
    expect(await may(worker, 'get', 'pods', green, 'log')).toBe(true);
  });
});

const namespaces = 'namespaces aether-blue aether-green get patch';
const elsewhere = ['default', 'kube-system', 'cutover'];

test('the worker may do in its two namespaces what is used there, and in no other anything', async () => {
  for (const namespace of [blue, green])
    expect(await rulesOf(worker, namespace)).toEqual(
      [
        'configmaps create delete get list patch update',
        'deployments create delete get list patch watch',
        'events list',
        'ingresses create delete get patch',
        'jobs create delete get list watch',
        namespaces,
        'pods list watch',
        'pods/log get',
        'secrets aether-company aether-director-accounts aether-state-account-keys get patch',
        'secrets create',
        'services create delete get patch',
        'statefulsets create delete get list patch watch',
      ].toSorted(),
    );
  for (const namespace of elsewhere) expect(await rulesOf(worker, namespace)).toEqual([namespaces]);
});

test('the gateway has no right in any of them', async () => {
  for (const namespace of [blue, green, ...elsewhere]) expect(await rulesOf(gateway, namespace)).toEqual([]);
});
