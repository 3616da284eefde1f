import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import type { KubernetesObject } from '../../../src/ports/kubernetes.ts';
import { kubernetesSwitch } from '../../../src/steps/kubernetes-switch.ts';
import { applyAs, startCluster, type TestCluster } from '../../support/cluster.ts';
import { calm, connection, contextAt } from '../../support/kubernetes-step.ts';

const [blue, green] = ['cutover-switch-blue', 'cutover-switch-green'];
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

function service(namespace: string, name: string, selector: Record<string, string>): KubernetesObject {
  const spec = { selector, ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec };
}

function rule(host: string, name: string) {
  const backend = { service: { name, port: { number: 80 } } };
  return { host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } };
}

function ingress(namespace: string, hosts: string[], more: object = {}): KubernetesObject {
  const tls = [{ hosts: hosts.filter((host) => !host.startsWith('own')), secretName: 'public' }];
  const spec = { rules: hosts.map((host) => rule(host, 'gateway')), tls, ...more };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web', namespace, annotations: { 'example.test/hsts': 'on' } },
    spec,
  };
}

const refs = {
  service: { apiVersion: 'v1', kind: 'Service', namespace: blue, name: 'api' },
  blue: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace: blue, name: 'web' },
  green: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace: green, name: 'web' },
};

/** Everything that people or Helm may have written; what the server keeps about it aside. */
async function standing(): Promise<unknown[]> {
  const objects = await Promise.all(Object.values(refs).map((ref) => cluster.admin.read(ref, calm)));
  return objects.map((object) => {
    const { resourceVersion, generation, managedFields, uid, ...metadata } = object?.metadata ?? { name: '' };
    return { ...object, metadata };
  });
}

const hosts = {
  connection,
  hosts: ['api.test', 'app.test'],
  from: { namespace: blue, ingress: 'web' },
  to: { namespace: green, ingress: 'web' },
  like: { 'app.test': 'own.green.test' },
};
const selector = { connection, namespace: blue, service: 'api', selector: { colour: 'green' }, minReady: 0 };

beforeEach(async () => {
  for (const ref of Object.values(refs)) await cluster.admin.remove(ref, {}, calm);
  for (const namespace of [blue, green])
    await applyAs('helm', cluster, service(namespace, 'gateway', { a: 'b' }));
  await applyAs('helm', cluster, service(blue, 'api', { app: 'api', colour: 'blue' }));
  await applyAs('helm', cluster, ingress(blue, ['own.blue.test', 'api.test', 'app.test']));
  await applyAs('helm', cluster, ingress(green, ['own.green.test'], { tls: [] }));
});

describe('there and back', () => {
  test.each([
    ['a Service’s selector', selector],
    ['hosts from one Ingress to another', hosts],
    [
      'all hosts of an Ingress, which keeps none',
      { ...hosts, hosts: ['own.blue.test', 'api.test', 'app.test'] },
    ],
    ['hosts, removed first', { ...hosts, first: 'remove' }],
    [
      'the backend of hosts',
      { connection, namespace: blue, ingress: 'web', hosts: ['api.test'], backend: { service: 'api' } },
    ],
  ])('%s: field by field what stood there, marks and all', async (_, input) => {
    const before = await standing();
    const context = contextAt(cluster, kubernetesSwitch, input);
    const planned = await kubernetesSwitch.plan(context);
    expect(planned.diff).not.toEqual([]);
    expect(await kubernetesSwitch.observe?.(context, calm)).toEqual({ effect: 'absent' });
    const result = await kubernetesSwitch.run(context, calm);
    expect(result).toMatchObject({
      status: 'succeeded',
      summary: planned.summary.replace('Switch', 'Switched'),
    });
    const [captured] = context.captures;
    expect(await standing()).not.toEqual(before);
    const again = contextAt(cluster, kubernetesSwitch, input, { captured: captured as Json, epoch: 2 });
    expect(await kubernetesSwitch.observe?.(again, calm)).toMatchObject({ effect: 'present' });
    const moved = await standing();
    expect(await kubernetesSwitch.run(again, calm)).toMatchObject({ status: 'succeeded' });
    expect(await standing()).toEqual(moved);

    const back = contextAt(cluster, kubernetesSwitch, { restore: captured });
    expect(await kubernetesSwitch.observe?.(back, calm)).toEqual({ effect: 'absent' });
    expect(await kubernetesSwitch.run(back, calm)).toMatchObject({ status: 'succeeded' });
    expect(await standing()).toEqual(before);
    expect(await kubernetesSwitch.observe?.(back, calm)).toMatchObject({ effect: 'present' });
  });

  test('a switch that never captured anything restores nothing', async () => {
    const back = contextAt(cluster, kubernetesSwitch, { restore: null });
    expect(await kubernetesSwitch.run(back, calm)).toMatchObject({ status: 'succeeded' });
  });
});

async function selectorNow() {
  return (await cluster.admin.read(refs.service, calm))?.spec as { selector: unknown };
}

describe('refused, with nothing changed', () => {
  test.each([
    ['a Service that isn’t there', { ...selector, service: 'apo' }, `Service ${blue}/apo does not exist`],
    ['no pod that is ready', { ...selector, minReady: 1 }, '0 of at least 1 pods with colour=green'],
    [
      'a host that nobody serves',
      { ...hosts, hosts: ['apo.test'] },
      'has no rule for apo.test; did you mean "api.test"?',
    ],
    [
      'a backend that isn’t there',
      { connection, namespace: blue, ingress: 'web', hosts: ['api.test'], backend: { service: 'apo' } },
      `there is no Service apo in ${blue}`,
    ],
  ])('%s', async (_, input, words) => {
    const before = await standing();
    const context = contextAt(cluster, kubernetesSwitch, input);
    expect(await kubernetesSwitch.run(context, calm)).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining(words),
    });
    expect(context.captures).toEqual([]);
    expect(await standing()).toEqual(before);
  });

  test('someone changed it after it was captured', async () => {
    const first = contextAt(cluster, kubernetesSwitch, selector);
    await kubernetesSwitch.run(first, calm);
    await applyAs('helm', cluster, service(blue, 'api', { app: 'api', colour: 'red' }));
    const again = contextAt(cluster, kubernetesSwitch, selector, { captured: first.captures[0] as Json });
    expect(await kubernetesSwitch.run(again, calm)).toMatchObject({
      status: 'failed',
      summary: `Service ${blue}/api was changed by someone since this step first read it (spec.selector)`,
      retryable: false,
    });
    expect(await selectorNow()).toMatchObject({ selector: { colour: 'red' } });
  });

  test('a worker whose rollout has a newer one', async () => {
    const first = contextAt(cluster, kubernetesSwitch, selector, { epoch: 7 });
    await kubernetesSwitch.run(first, calm);
    const stale = contextAt(cluster, kubernetesSwitch, { restore: first.captures[0] }, { epoch: 6 });
    await expect(kubernetesSwitch.run(stale, calm)).rejects.toThrow('a newer worker holds test-1 (epoch 7');
    expect(await selectorNow()).toMatchObject({ selector: { colour: 'green' } });
  });

  test('another rollout has switched since: its switch stands', async () => {
    const first = contextAt(cluster, kubernetesSwitch, selector);
    await kubernetesSwitch.run(first, calm);
    const annotations = { 'cutover.dev/rollout': 'aether-9' };
    await cluster.admin.patch(refs.service, { metadata: { annotations } }, calm);
    const back = contextAt(cluster, kubernetesSwitch, { restore: first.captures[0] });
    expect(await kubernetesSwitch.run(back, calm)).toMatchObject({
      status: 'failed',
      summary: `Service ${blue}/api was changed by aether-9 since, so it is left as it is`,
    });
  });
});
