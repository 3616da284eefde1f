import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/ports/kubernetes.ts';
import { applyAs, clusterFor, startCluster, type TestCluster } from '../../support/cluster.ts';
import { until } from '../../support/until.ts';

const namespace = 'cutover-port';
let cluster: TestCluster;
const never = new AbortController().signal;

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, never);
});
afterAll(async () => {
  await cluster?.admin.remove({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, {}, never);
  await cluster?.stop();
});

function configMap(name: string, data: Record<string, string>, more = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ...more }, data };
}
const refTo = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });

describe('one API server', () => {
  test('what isn’t there reads as undefined, and removing it is no error', async () => {
    expect(await cluster.admin.read(refTo('none'), never)).toBeUndefined();
    await cluster.admin.remove(refTo('none'), {}, never);
  });

  test('an object is made once: the second time its name is taken', async () => {
    await cluster.admin.create(configMap('made', { a: '1' }), never);
    await expect(cluster.admin.create(configMap('made', { a: '2' }), never)).rejects.toMatchObject({
      reason: 'exists',
      message: `create ConfigMap ${namespace}/made: it exists already`,
    });
    expect((await cluster.admin.read(refTo('made'), never))?.data).toEqual({ a: '1' });
  });

  test('a write that expects another version changes nothing', async () => {
    const first = await cluster.admin.apply(configMap('versioned', { a: '1' }), never);
    await cluster.admin.patch(refTo('versioned'), { data: { a: '2' } }, never);
    const { resourceVersion = '' } = first.metadata;
    const stale = configMap('versioned', { a: '3' }, { resourceVersion });
    await expect(cluster.admin.apply(stale, never)).rejects.toMatchObject({ reason: 'conflict' });
    const patched = cluster.admin.patch(
      refTo('versioned'),
      { metadata: { resourceVersion }, data: { a: '3' } },
      never,
    );
    await expect(patched).rejects.toMatchObject({ reason: 'conflict' });
    const removed = cluster.admin.remove(refTo('versioned'), { resourceVersion }, never);
    await expect(removed).rejects.toMatchObject({ reason: 'conflict' });
    expect((await cluster.admin.read(refTo('versioned'), never))?.data).toEqual({ a: '2' });
  });

  test('a field of another manager is never taken, one of our own earlier writes is', async () => {
    await cluster.admin.create(configMap('owned', { a: '1' }), never);
    const ours = await cluster.admin.apply(configMap('owned', { a: '2' }), never);
    expect(ours.data).toEqual({ a: '2' });
    await applyAs('somebody-else', cluster, configMap('theirs', { a: '1' }));
    await expect(cluster.admin.apply(configMap('theirs', { a: '2' }), never)).rejects.toMatchObject({
      reason: 'owned',
      message: `apply ConfigMap ${namespace}/theirs: nothing was changed, since .data.a belongs to somebody-else`,
    });
    expect((await cluster.admin.read(refTo('theirs'), never))?.data).toEqual({ a: '1' });
  });

  test('a kind that the cluster doesn’t know is told with the nearest one', async () => {
    const ref = { ...refTo('x'), kind: 'ConfigMpa' };
    await expect(cluster.admin.read(ref, never)).rejects.toThrow(
      'the cluster has no ConfigMpa in v1; did you mean "ConfigMap"?',
    );
    const unknown = { ...refTo('x'), apiVersion: 'acme.test/v1' };
    await expect(cluster.admin.read(unknown, never)).rejects.toMatchObject({ reason: 'missing' });
  });

  test('describing a Secret brings its name and labels, and no value', async () => {
    const metadata = { name: 'keys', namespace, labels: { account: 'company' } };
    await cluster.admin.create(
      { apiVersion: 'v1', kind: 'Secret', metadata, data: { key: 'c2VjcmV0' } },
      never,
    );
    const described = await cluster.admin.describe({ ...refTo('keys'), kind: 'Secret' }, never);
    expect(described?.labels).toEqual({ account: 'company' });
    expect(JSON.stringify(described)).not.toContain('c2VjcmV0');
  });

  test('a watch tells what there is, then every change, until its reader stops', async () => {
    await cluster.admin.apply(configMap('watched', { a: '1' }, { labels: { seen: 'yes' } }), never);
    const stop = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      const selection = { apiVersion: 'v1', kind: 'ConfigMap', namespace, labels: 'seen=yes' };
      for await (const event of cluster.admin.watch(selection, stop.signal)) {
        const of = event.type === 'listed' ? event.objects : [event.object];
        for (const { data } of of) seen.push(`${event.type} ${JSON.stringify(data)}`);
      }
    })();
    await until('event 1 of the watch', () => seen.length === 1);
    await cluster.admin.apply(configMap('watched', { a: '2' }, { labels: { seen: 'yes' } }), never);
    await until('event 2 of the watch', () => seen.length === 2);
    await cluster.admin.remove(refTo('watched'), {}, never);
    await until('event 3 of the watch', () => seen.length === 3);
    stop.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    expect(seen).toEqual(['listed {"a":"1"}', 'changed {"a":"2"}', 'removed {"a":"2"}']);
  });
});

describe('a way that leads nowhere is told in words', () => {
  const quick = { pauses: [], timeout: 1_000 };
  test.each([
    [{ kind: 'linode-dns' }, 'it is of the kind linode-dns, and the kind has to be kubernetes'],
    [{ kind: 'kubernetes', kubeconfig: '/nowhere/at/all' }, "the kubeconfig /nowhere/at/all can't be read"],
    [{ kind: 'kubernetes' }, 'give the connection a `kubeconfig`, set KUBECONFIG'],
  ])('%j', async (connection, words) => {
    const ask = async () => clusterFor(connection, undefined, quick).read(refTo('x'), never);
    await expect(ask()).rejects.toThrow(words);
  });

  test('an unknown context names those there are', async () => {
    const connection = { ...cluster.connection, context: 'tset' };
    await expect(clusterFor(connection).read(refTo('x'), never)).rejects.toThrow('did you mean "test"?');
  });
});
