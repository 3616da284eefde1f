import { CoreV1Api, KubeConfig, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/ports/kubernetes.ts';
import { kubernetesReady } from '../../../src/steps/kubernetes-ready.ts';
import { startCluster, type TestCluster } from '../../support/cluster.ts';
import { calm, connection, contextAt } from '../../support/kubernetes-step.ts';
import { until } from '../../support/until.ts';

const namespace = 'cutover-ready';
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, calm);
});
afterAll(async () => {
  await cluster?.admin.remove({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, {}, calm);
  await cluster?.stop();
});

function deployment(name: string, replicas: number, more: object = {}): KubernetesObject {
  const labels = { app: name, tier: 'test' };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'main', image: 'example.test/x:1' }] },
  };
  const spec = { replicas, selector: { matchLabels: { app: name } }, template, ...more };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace, labels }, spec };
}

/** Pods of a Deployment, once its controller has made them all. */
function podsOf(name: string, many: number): Promise<KubernetesObject[]> {
  const selection = { apiVersion: 'v1', kind: 'Pod', namespace, labels: `app=${name}` };
  return until(`${many} pods of ${name}`, async () => {
    const pods = await cluster.admin.list(selection, calm);
    return pods.length === many ? pods : undefined;
  });
}

/** As a kubelet tells. */
async function tell(pod: KubernetesObject, status: object): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfig);
  const options = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
  const { name } = pod.metadata;
  await config
    .makeApiClient(CoreV1Api)
    .patchNamespacedPodStatus({ name, namespace, body: { status } }, options);
}

const container = { name: 'main', image: 'x', imageID: '', restartCount: 0 };
const running = {
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'True' }],
  containerStatuses: [{ ...container, ready: true, state: { running: {} } }],
};
const pulling = {
  containerStatuses: [
    {
      ...container,
      ready: false,
      state: {
        waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "example.test/x:1"' },
      },
    },
  ],
};

describe('kubernetes.ready', () => {
  test('nothing there is not ready', async () => {
    const context = contextAt(cluster, kubernetesReady, { connection, namespace, selector: { app: 'none' } });
    expect(await kubernetesReady.run(context, calm)).toMatchObject({
      status: 'failed',
      summary: `Ready in ${namespace}: no Deployment or StatefulSet with app=none in ${namespace}`,
    });
  });

  test('says what it waits for, follows each pod, and ends with the last one', async () => {
    await cluster.admin.apply(deployment('gateway', 1), calm);
    await cluster.admin.apply(deployment('trader', 3), calm);
    const [gateway] = await podsOf('gateway', 1);
    const [first, ...others] = await podsOf('trader', 3);
    if (gateway === undefined || first === undefined) throw new Error('no pods');
    await tell(gateway, running);
    for (const pod of others) await tell(pod, running);
    await tell(first, pulling);
    const input = {
      connection,
      namespace,
      kinds: ['Deployment'],
      names: ['gateway', 'trader'],
      within: '5m',
    };
    const waiting = contextAt(cluster, kubernetesReady, input);
    expect(await kubernetesReady.run(waiting, calm)).toMatchObject({
      status: 'waiting',
      waiting: {
        what: `Ready in ${namespace}: 1 of 2 Deployments ready; trader waits for 1 of 3 pods: ImagePullBackOff: Back-off pulling image "example.test/x:1" (main)`,
      },
    });
    const again = contextAt(cluster, kubernetesReady, input);
    const ending = kubernetesReady.run(again, calm);
    await until('the first line of progress', () => again.tails.length > 0);
    await tell(first, running);
    expect(await ending).toMatchObject({ status: 'succeeded', summary: '2 of 2 Deployments ready' });
    expect(again.tails).toEqual(['gateway 1/1 · trader 2/3', 'gateway 1/1 · trader 3/3']);
  });

  test('what its controller gave up fails at once, although there is time left', async () => {
    await cluster.admin.apply(deployment('stuck', 1, { progressDeadlineSeconds: 1 }), calm);
    const input = { connection, namespace, kinds: ['Deployment'], names: ['stuck'], within: '1h' };
    const result = await kubernetesReady.run(contextAt(cluster, kubernetesReady, input), calm);
    expect(result).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining(
        'stuck waits for 1 of 1 pods: its progress deadline is over: no node has taken',
      ),
    });
  });

  test('aborted while it follows, it ends at once', async () => {
    const stop = new AbortController();
    const input = { connection, namespace, names: ['never'], within: '1h' };
    const running = kubernetesReady.run(contextAt(cluster, kubernetesReady, input), stop.signal);
    stop.abort(new Error('rolled back'));
    await expect(running).rejects.toThrow('rolled back');
  });
});
