import { afterAll, beforeAll, expect, test } from 'vitest';
import { startKubelet } from '../../../sandbox/kubernetes/kubelet.ts';
import { helmAt } from '../../../src/adapters/helm/helm.ts';
import type { Runner } from '../../../src/adapters/world/processes.ts';
import { helmRollback } from '../../../src/steps/helm-rollback.ts';
import { helmUpgrade } from '../../../src/steps/helm-upgrade.ts';
import { type HelmPlace, openHelmPlace, releaseIn, succeeded } from '../../support/helm-place.ts';
import { calm } from '../../support/kubernetes-step.ts';
import type { ContextOptions } from '../../support/step-context.ts';
import { until } from '../../support/until.ts';

let place: HelmPlace;

beforeAll(async () => {
  place = await openHelmPlace();
});
afterAll(async () => {
  await place?.stop();
});

test('installs with values from files and the playbook, none of them among the arguments', async () => {
  const namespace = place.newNamespace();
  const argvs: (readonly string[])[] = [];
  const seen: Runner = {
    ...place.processes,
    run(invocation, signal) {
      argvs.push(invocation.argv);
      return place.processes.run(invocation, signal);
    },
  };
  const input = {
    ...releaseIn(namespace, { services: { trader: { replicas: 4 } }, apiKey: 'a-s3cret' }),
    valuesFiles: ['test/charts/aether-green.yaml'],
  };
  const watched = { helm: () => place.helm(seen) };
  const at = place.context(helmUpgrade, input, { world: watched });
  const result = await succeeded(helmUpgrade.run(at, calm));
  expect(result).toMatchObject({
    summary: `aether-0.4.0 is revision 1 of aether in ${namespace}`,
    output: { revision: 1, chart: 'aether-0.4.0', appVersion: 'v2.4.0' },
  });
  expect(at.captures).toEqual([
    { release: 'aether', namespace, revision: null, chart: null, values: null, manifest: null },
  ]);
  expect(argvs.flat().join(' ')).not.toContain('a-s3cret');
  expect(JSON.stringify([result, at.tails])).not.toContain('a-s3cret');
  const trader = await place.cluster.admin.read(
    { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'trader' },
    calm,
  );
  expect(trader).toMatchObject({
    metadata: { labels: { 'aether.example/colour': 'green' } },
    spec: { replicas: 4 },
  });
});

test('a second worker finds the revision of the first, and makes none', async () => {
  const namespace = place.newNamespace();
  await place.upgraded(namespace);
  const second = place.context(helmUpgrade, releaseIn(namespace), { epoch: 2 });
  expect(await helmUpgrade.observe?.(second, calm)).toMatchObject({ effect: 'begun' });
  expect((await succeeded(helmUpgrade.run(second, calm))).output).toMatchObject({ revision: 1 });
  expect(await place.statusesOf(namespace)).toEqual(['1 deployed cutover test-1 probe 1']);
});

test('a retry is a new attempt, and a new revision', async () => {
  const namespace = place.newNamespace();
  await place.upgraded(namespace);
  const retry = place.context(helmUpgrade, releaseIn(namespace), { attempt: 2 });
  expect(await helmUpgrade.observe?.(retry, calm)).toEqual({ effect: 'absent' });
  await succeeded(helmUpgrade.run(retry, calm));
  expect(await place.statusesOf(namespace)).toEqual([
    '1 superseded cutover test-1 probe 1',
    '2 deployed cutover test-1 probe 2',
  ]);
});

test('goes back to what was captured, field by field, and only once', async () => {
  const namespace = place.newNamespace();
  const spec = async () => {
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'trader' };
    return (await place.cluster.admin.read(ref, calm))?.spec;
  };
  await place.upgraded(namespace, { colour: 'blue' });
  const before = await spec();
  const at = place.context(
    helmUpgrade,
    releaseIn(namespace, { image: { tag: 'v2.5.0' }, services: { trader: { replicas: 5 } } }),
    { attempt: 2 },
  );
  await succeeded(helmUpgrade.run(at, calm));
  expect(await spec()).not.toEqual(before);
  const [captured] = at.captures;
  expect(captured).toMatchObject({ revision: 1, chart: 'aether-0.4.0' });
  for (const epoch of [3, 4]) {
    const back = place.context(helmRollback, { restore: captured }, { epoch });
    expect((await succeeded(helmRollback.run(back, calm))).summary).toBe(
      `aether in ${namespace} is back at aether-0.4.0 (revision 1), values and objects as captured`,
    );
  }
  expect(await spec()).toEqual(before);
  expect((await place.statusesOf(namespace)).at(-1)).toBe('3 deployed Rollback to 1');
});

test('where there was none before, the release is left standing unless the playbook says otherwise', async () => {
  const namespace = place.newNamespace();
  const at = place.context(helmUpgrade, releaseIn(namespace));
  await succeeded(helmUpgrade.run(at, calm));
  const [restore] = at.captures;
  const left = await succeeded(helmRollback.run(place.context(helmRollback, { restore }), calm));
  expect(left.summary).toContain('was left standing');
  expect(await place.statusesOf(namespace)).toHaveLength(1);
  for (const said of ['was taken away', 'is not there, as before']) {
    const gone = await helmRollback.run(place.context(helmRollback, { restore, uninstall: true }), calm);
    expect((await succeeded(gone)).summary).toContain(said);
  }
  const deployments = { apiVersion: 'apps/v1', kind: 'Deployment', namespace };
  expect(await place.cluster.admin.list(deployments, calm)).toEqual([]);
});

test('waits until its workloads are ready, and says what keeps them', async () => {
  const namespace = place.newNamespace();
  let pullable = false;
  const kubelet = await startKubelet(place.cluster, ({ metadata }) =>
    pullable || !metadata.name.startsWith('trader-')
      ? { is: 'ready' }
      : { is: 'waiting', reason: 'ImagePullBackOff' },
  );
  let now = Date.parse('2026-11-21T12:00:00Z');
  const input = { ...releaseIn(namespace), ready: true, within: '1h' };
  let kept: ContextOptions['kept'];
  const look = async () => {
    now += 5_000;
    const options = { now: () => now, ...(kept === undefined ? {} : { kept }) };
    const result = await helmUpgrade.run(place.context(helmUpgrade, input, options), calm);
    if (result.status === 'waiting') kept = result.state;
    return result;
  };
  await until('it to say what keeps them', async () => {
    const result = await look();
    return (
      result.status === 'waiting' &&
      /2 of 3 Deployments ready; trader waits for 2 of 2 pods: .*ImagePullBackOff/.test(result.waiting.what)
    );
  });
  pullable = true;
  await kubelet.look();
  const last = await until('all to be ready', async () => {
    const result = await look();
    return result.status === 'waiting' ? undefined : result;
  });
  expect(last).toMatchObject({
    status: 'succeeded',
    summary: `aether-0.4.0 is revision 1 of aether in ${namespace}; 3 of 3 Deployments ready`,
  });
  expect(await place.statusesOf(namespace)).toHaveLength(1);
  await kubelet.stop();
});

test('what Helm refuses is told in its words, and the same attempt does not try again', async () => {
  const namespace = place.newNamespace();
  const input = releaseIn(namespace, { services: { trader: { replicas: -1 } } });
  const refused = await helmUpgrade.run(place.context(helmUpgrade, input), calm);
  expect(refused).toMatchObject({ status: 'failed', summary: expect.stringContaining('replicas') });
  const again = await helmUpgrade.run(place.context(helmUpgrade, input, { epoch: 2 }), calm);
  expect(again).toMatchObject({
    status: 'failed',
    summary: expect.stringContaining('Helm gave revision 1 up'),
  });
  expect(await place.statusesOf(namespace)).toHaveLength(1);
});

test('the plan says what will change, and shows no secret', async () => {
  const namespace = place.newNamespace();
  const values = { colour: 'blue', trader: { password: 'a-s3cret' } };
  await place.upgraded(namespace, values);
  const next = { colour: 'green', trader: { password: '${{ secrets.TRADER }}' }, image: { tag: 'v2.5.0' } };
  const line = await helmUpgrade.plan(place.context(helmUpgrade, releaseIn(namespace, next)));
  expect(line).toEqual({
    summary: `Helm deploys aether-0.4.0 (v2.4.0) as aether in ${namespace}`,
    diff: [
      {
        what: `aether in ${namespace}`,
        before: 'aether-0.4.0 (revision 1)',
        after: 'aether-0.4.0 (v2.4.0)',
      },
      { what: 'colour', before: 'blue', after: 'green' },
      { what: 'image.tag', before: 'not set', after: 'v2.5.0' },
      { what: 'trader.password', before: 'not shown', after: 'a secret' },
    ],
  });
  const nowhere = place.context(helmUpgrade, releaseIn(namespace), {
    world: { helm: () => helmAt({ kind: 'kubernetes' }, { processes: place.processes, env: {} }) },
  });
  expect((await helmUpgrade.plan(nowhere)).summary).toContain('what stands there could not be read');
});

test('hosts that were moved away go back to the chart where that is asked for, and never by a rollback', async () => {
  const namespace = place.newNamespace();
  const { hosts, write } = place.ingressIn(namespace);
  const given = ['api.example.test', 'app.example.test'];
  const valuesOf = (...names: string[]) => ({ ingress: { hosts: names } });
  await place.upgraded(namespace, valuesOf(...given));
  await write('own.example.test');
  const next = releaseIn(namespace, valuesOf('next.example.test'));
  const refused = await helmUpgrade.run(place.context(helmUpgrade, next, { attempt: 2 }), calm);
  expect(refused).toMatchObject({ status: 'failed', summary: expect.stringContaining('.spec.rules') });

  const forced = { ...next, forceConflicts: true };
  const at = place.context(helmUpgrade, forced, { attempt: 3 });
  await succeeded(helmUpgrade.run(at, calm));
  expect(at.captures).toMatchObject([{ revision: 1, movedAway: given }]);
  const away = { restore: at.captures[0], forceConflicts: true };
  expect((await succeeded(helmRollback.run(place.context(helmRollback, away), calm))).summary).toContain(
    'stays at revision 3 (deployed): with revision 1 Helm would take api.example.test and app.example.test back',
  );
  expect(await hosts()).toEqual(['next.example.test']);

  const other = { ...releaseIn(namespace, valuesOf('other.example.test')), forceConflicts: true };
  const later = place.context(helmUpgrade, other, { attempt: 4 });
  await succeeded(helmUpgrade.run(later, calm));
  await write('other.example.test', ...given);
  await write('other.example.test');
  const own = { restore: later.captures[0], forceConflicts: true };
  await succeeded(helmRollback.run(place.context(helmRollback, own), calm));
  expect(await hosts()).toEqual(['next.example.test']);
  expect((await place.statusesOf(namespace)).at(-1)).toBe('5 deployed Rollback to 3');
});

test('a release that Helm merges by itself takes the fields as ever, and is not asked by a flag that it refuses', async () => {
  const namespace = place.newNamespace();
  const { hosts, write } = place.ingressIn(namespace);
  const args = ['install', 'aether', './test/charts/aether', '--namespace', namespace, '--create-namespace'];
  expect(await place.helm().run([...args, '--server-side=false'], calm)).toMatchObject({ code: 0 });
  await write('own.example.test');
  const input = { ...releaseIn(namespace), forceConflicts: true };
  const at = place.context(helmUpgrade, input);
  await succeeded(helmUpgrade.run(at, calm));
  const given = ['api.example.test', 'app.example.test'];
  expect(at.captures).toMatchObject([{ movedAway: given }]);
  expect(await hosts()).toEqual(given);
});
