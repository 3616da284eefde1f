import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/ports/kubernetes.ts';
import { kubernetesCopy } from '../../../src/steps/kubernetes-copy.ts';
import { kubernetesEnv } from '../../../src/steps/kubernetes-env.ts';
import { kubernetesSecrets } from '../../../src/steps/kubernetes-secrets.ts';
import { applyAs, startCluster, type TestCluster } from '../../support/cluster.ts';
import { calm, connection, contextAt } from '../../support/kubernetes-step.ts';

const [blue, green] = ['cutover-config-blue', 'cutover-config-green'];
const value = Buffer.from('the-secret-value').toString('base64');
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
  for (const name of [blue, green])
    await cluster.admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, calm);
});
afterAll(async () => {
  for (const name of [blue, green])
    await cluster?.admin.remove({ apiVersion: 'v1', kind: 'Namespace', name }, {}, calm);
  await cluster?.stop();
});

const secret = (namespace: string, name: string, data: Record<string, string>): KubernetesObject => ({
  ...{ apiVersion: 'v1', kind: 'Secret', type: 'Opaque' },
  metadata: { name, namespace },
  data,
});
const refTo = (kind: string, namespace: string, name: string) => ({
  apiVersion: 'v1',
  kind,
  namespace,
  name,
});

test('kubernetes.secrets: names what is missing or empty, and no value', async () => {
  await cluster.admin.create(secret(blue, 'company', { API_KEY: value, API_SECRET: '' }), calm);
  await cluster.admin.create(secret(blue, 'director', { API_KEY: value }), calm);
  const wanted = { company: ['API_KEY', 'API_SECRET', 'ACCOUNT'], director: [], desk: ['API_KEY'] };
  const lacking = contextAt(cluster, kubernetesSecrets, { connection, namespace: blue, secrets: wanted });
  const result = await kubernetesSecrets.run(lacking, calm);
  expect(result).toMatchObject({
    status: 'failed',
    summary: `Secrets in ${blue}: 1 of 3 secrets in ${blue}: company lacks ACCOUNT and API_SECRET of company is empty; desk is not there`,
  });
  expect(JSON.stringify([result, lacking.tails])).not.toContain(value);
  const enough = { connection, namespace: blue, secrets: { company: ['API_KEY'], director: [] } };
  expect(await kubernetesSecrets.run(contextAt(cluster, kubernetesSecrets, enough), calm)).toMatchObject({
    status: 'succeeded',
    summary: `2 of 2 secrets in ${blue}`,
  });
});

describe('kubernetes.copy', () => {
  const input = { connection, from: blue, to: green, configMaps: ['safe-mode'], secrets: ['crypto-keys'] };
  const state = (data: Record<string, string>): KubernetesObject => ({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'safe-mode', namespace: blue } },
    data,
  });

  test('makes, keeps and renews copies with marks of whose they are, and shows no value', async () => {
    await cluster.admin.create(state({ enabled: 'false', limit: '10' }), calm);
    await cluster.admin.create(secret(blue, 'crypto-keys', { key: value }), calm);
    const context = contextAt(cluster, kubernetesCopy, input);
    expect(await kubernetesCopy.plan(context)).toMatchObject({
      diff: [{ before: 'none' }, { before: 'none' }],
    });
    expect(await kubernetesCopy.observe?.(context, calm)).toEqual({ effect: 'absent' });
    const made = await kubernetesCopy.run(context, calm);
    expect(made).toMatchObject({
      status: 'succeeded',
      summary: expect.stringContaining('2 made, 0 renewed'),
    });
    const copy = await cluster.admin.read(refTo('Secret', green, 'crypto-keys'), calm);
    expect(copy?.data).toEqual({ key: value });
    expect(copy?.metadata.annotations).toMatchObject({ 'cutover.dev/copied-from': `${blue}/crypto-keys` });
    await cluster.admin.patch(
      refTo('ConfigMap', blue, 'safe-mode'),
      { data: { enabled: 'true', limit: null } },
      calm,
    );
    expect(await kubernetesCopy.observe?.(context, calm)).toEqual({ effect: 'absent' });
    const renewed = await kubernetesCopy.run(context, calm);
    expect(renewed).toMatchObject({ summary: expect.stringContaining('0 made, 1 renewed, 1 as they were') });
    expect((await cluster.admin.read(refTo('ConfigMap', green, 'safe-mode'), calm))?.data).toEqual({
      enabled: 'true',
    });
    expect(await kubernetesCopy.observe?.(context, calm)).toMatchObject({ effect: 'present' });
    expect(JSON.stringify([made, renewed, context.tails])).not.toContain(value);
  });

  test('what somebody else made, and differs, is left alone', async () => {
    await cluster.admin.create(secret(blue, 'theirs', { key: value }), calm);
    await cluster.admin.create(secret(green, 'theirs', { key: 'b3RoZXI=' }), calm);
    const given = { ...input, configMaps: [], secrets: ['theirs'] };
    expect(await kubernetesCopy.run(contextAt(cluster, kubernetesCopy, given), calm)).toMatchObject({
      status: 'failed',
      summary: `Secret ${green}/theirs exists, was not made by this playbook, and differs from Secret ${blue}/theirs`,
    });
    expect((await cluster.admin.read(refTo('Secret', green, 'theirs'), calm))?.data).toEqual({
      key: 'b3RoZXI=',
    });
  });
});

describe('kubernetes.env', () => {
  const env = [{ name: 'PROMETHEUS_EXPORTER_PORT', value: '9464' }];
  function deployment(name: string, container: object): KubernetesObject {
    const labels = { app: name };
    const containers = [{ name, image: 'example.test/x:1', ...container }];
    const template = { metadata: { labels }, spec: { containers } };
    const spec = { replicas: 0, selector: { matchLabels: labels }, template };
    return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: green }, spec };
  }
  const input = { connection, namespace: green, kinds: ['Deployment'] };
  const names = ['PROMETHEUS_EXPORTER_PORT', 'OTEL_ENDPOINT'];
  const values = { PROMETHEUS_EXPORTER_PORT: '9464', OTEL_ENDPOINT: 'http://otel:4317' };
  const refused = (given: object) => kubernetesEnv.run(contextAt(cluster, kubernetesEnv, given), calm);

  test('says what is missing where, sets it on those alone, and takes no value of another', async () => {
    const data = { ENDPOINT: 'http://otel:4317' };
    const metadata = { name: 'otel', namespace: green };
    await cluster.admin.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }, calm);
    const envFrom = [{ prefix: 'OTEL_', configMapRef: { name: 'otel' } }];
    await applyAs('helm', cluster, deployment('gateway', { env, envFrom }));
    await applyAs('helm', cluster, deployment('trader', { env }));
    await applyAs('helm', cluster, deployment('analytics', {}));
    expect(await refused({ ...input, variables: names })).toMatchObject({
      status: 'failed',
      summary: `2 of 3 workloads in ${green} lack variables: analytics lacks PROMETHEUS_EXPORTER_PORT, OTEL_ENDPOINT; trader lacks OTEL_ENDPOINT`,
    });
    const setting = { ...input, variables: values, set: true };
    const context = contextAt(cluster, kubernetesEnv, setting);
    expect(await kubernetesEnv.observe?.(context, calm)).toEqual({ effect: 'absent' });
    expect(await kubernetesEnv.run(context, calm)).toMatchObject({ status: 'succeeded' });
    expect(context.tails).toEqual(['analytics: set', 'trader: set']);
    expect(await kubernetesEnv.observe?.(context, calm)).toMatchObject({ effect: 'present' });
    expect(await refused({ ...input, variables: values })).toMatchObject({ status: 'succeeded' });
    const more = { ...setting, variables: { ...values, EXTRA: 'yes' } };
    expect(await refused(more)).toMatchObject({ status: 'succeeded' });
    expect(await refused({ ...input, variables: more.variables })).toMatchObject({ status: 'succeeded' });
    const other = { ...setting, variables: { PROMETHEUS_EXPORTER_PORT: '1' } };
    expect(await refused(other)).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('belongs to helm'),
    });
  });

  test('nothing to look at is no success', async () => {
    expect(await refused({ ...input, selector: { app: 'none' }, variables: names })).toMatchObject({
      status: 'failed',
    });
  });
});
