import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import type { KubernetesObject, ObjectRef } from '../../../src/ports/kubernetes.ts';
import { kubernetesApply } from '../../../src/steps/kubernetes-apply.ts';
import { kubernetesNamespace } from '../../../src/steps/kubernetes-namespace.ts';
import { applyAs, startCluster, type TestCluster } from '../../support/cluster.ts';
import { calm, connection, contextAt } from '../../support/kubernetes-step.ts';

const namespace = 'cutover-objects';
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, calm);
});
afterAll(async () => {
  await cluster?.admin.remove({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, {}, calm);
  await cluster?.stop();
});

describe('kubernetes.namespace', () => {
  const input = { connection, name: 'cutover-green', labels: { team: 'trading' } };
  const ref = { apiVersion: 'v1', kind: 'Namespace', name: 'cutover-green' };

  test('is made once with its labels and marks, and is ours from then on', async () => {
    const context = contextAt(cluster, kubernetesNamespace, input);
    expect(await kubernetesNamespace.plan(context)).toMatchObject({
      diff: [{ before: 'none', after: 'made' }],
    });
    expect(await kubernetesNamespace.observe?.(context, calm)).toEqual({ effect: 'absent' });
    expect(await kubernetesNamespace.run(context, calm)).toMatchObject({
      status: 'succeeded',
      summary: 'Made the namespace cutover-green',
    });
    const made = await cluster.admin.describe(ref, calm);
    expect(made?.labels).toMatchObject({ team: 'trading', 'cutover.dev/rollout': 'test-1' });
    expect(made?.annotations).toMatchObject({ 'cutover.dev/epoch': '1', 'cutover.dev/step': 'probe' });
    expect(await kubernetesNamespace.observe?.(context, calm)).toMatchObject({ effect: 'present' });
    expect(await kubernetesNamespace.run(context, calm)).toMatchObject({
      summary: 'The namespace cutover-green is there, and ours',
    });
    expect((await cluster.admin.describe(ref, calm))?.uid).toBe(made?.uid);
    await cluster.admin.remove(ref, {}, calm);
  });

  test('is refused when it is somebody else’s, with the way to lend it', async () => {
    const context = contextAt(cluster, kubernetesNamespace, { ...input, name: namespace });
    const before = await cluster.admin.describe({ ...ref, name: namespace }, calm);
    expect(await kubernetesNamespace.plan(context)).toMatchObject({
      summary: expect.stringContaining('is not ours: the step would be refused'),
    });
    expect(await kubernetesNamespace.run(context, calm)).toMatchObject({
      status: 'failed',
      summary: `Namespace ${namespace} exists, and not by this playbook`,
      detail: expect.stringContaining(
        `kubectl label namespace ${namespace} app.kubernetes.io/managed-by=cutover`,
      ),
      retryable: false,
    });
    expect(await cluster.admin.describe({ ...ref, name: namespace }, calm)).toEqual(before);
  });
});

describe('kubernetes.apply', () => {
  const limits: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'limits', namespace, labels: { app: 'trader' } },
    data: { orders: '10', venues: 'a' },
  };
  const refs = ['limits', 'fresh'].map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name }));
  const fresh = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'fresh' }, data: { a: '1' } };
  const input = { connection, namespace, objects: [{ ...limits, data: { latency: '5', note: 'x' } }, fresh] };

  async function standing(): Promise<unknown[]> {
    const objects = await Promise.all(refs.map((ref) => cluster.admin.read(ref, calm)));
    return objects.map((object) => {
      if (object === undefined) return null;
      const { resourceVersion, managedFields, uid, creationTimestamp, ...metadata } = object.metadata;
      return { ...object, metadata };
    });
  }
  beforeEach(async () => {
    for (const ref of refs) await cluster.admin.remove(ref, {}, calm);
    await applyAs('helm', cluster, limits);
  });

  test('there and back: what stood there is put back, what did not is removed', async () => {
    const before = await standing();
    const context = contextAt(cluster, kubernetesApply, input);
    expect(await kubernetesApply.observe?.(context, calm)).toEqual({ effect: 'absent' });
    expect(await kubernetesApply.run(context, calm)).toMatchObject({
      status: 'succeeded',
      summary: `Applied ConfigMap ${namespace}/limits and ConfigMap ${namespace}/fresh`,
    });
    expect(await kubernetesApply.observe?.(context, calm)).toMatchObject({ effect: 'present' });
    const data = { orders: '10', venues: 'a', latency: '5', note: 'x' };
    expect(await standing()).toMatchObject([{ data }, { data: { a: '1' } }]);
    const captured = context.captures[0] as Json;
    const again = contextAt(cluster, kubernetesApply, input, { captured, epoch: 2 });
    expect(await kubernetesApply.run(again, calm)).toMatchObject({ status: 'succeeded' });

    const back = contextAt(cluster, kubernetesApply, { restore: captured }, { epoch: 3 });
    expect(await kubernetesApply.observe?.(back, calm)).toEqual({ effect: 'absent' });
    expect(await kubernetesApply.run(back, calm)).toMatchObject({ status: 'succeeded' });
    expect(await standing()).toEqual(before);
    expect(await kubernetesApply.observe?.(back, calm)).toMatchObject({ effect: 'present' });
    expect(await kubernetesApply.run(back, calm)).toMatchObject({ status: 'succeeded' });
  });

  test('a field of Helm is not taken: it is said whose it is', async () => {
    const before = await standing();
    const objects = [{ ...limits, data: { orders: '99' } }];
    const context = contextAt(cluster, kubernetesApply, { ...input, objects });
    expect(await kubernetesApply.run(context, calm)).toMatchObject({
      status: 'failed',
      summary: `apply ConfigMap ${namespace}/limits: nothing was changed, since .data.orders belongs to helm`,
      retryable: false,
    });
    expect(await standing()).toEqual(before);
  });

  test('what is somebody else’s by now is not removed by a rollback', async () => {
    const context = contextAt(cluster, kubernetesApply, input);
    await kubernetesApply.run(context, calm);
    const annotations = { 'cutover.dev/rollout': 'aether-9' };
    await cluster.admin.patch(refs[1] as ObjectRef, { metadata: { annotations } }, calm);
    const back = contextAt(cluster, kubernetesApply, { restore: context.captures[0] });
    expect(await kubernetesApply.run(back, calm)).toMatchObject({
      status: 'failed',
      summary: `ConfigMap ${namespace}/fresh belongs to aether-9 by now, so it is left as it is`,
    });
    expect(await standing()).toMatchObject([{ data: { orders: '10', venues: 'a' } }, { data: { a: '1' } }]);
  });
});
