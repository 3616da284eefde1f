import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startKubelet } from '../../../sandbox/kubernetes/kubelet.ts';
import { helmAt } from '../../../src/adapters/helm/helm.ts';
import { processRunner, type Runner } from '../../../src/adapters/world/processes.ts';
import type { StepKind, StepResult } from '../../../src/ports/step.ts';
import { releaseAt } from '../../../src/steps/helm/release.ts';
import { helmRollback } from '../../../src/steps/helm-rollback.ts';
import { helmUpgrade } from '../../../src/steps/helm-upgrade.ts';
import { startCluster, type TestCluster } from '../../support/cluster.ts';
import { folderOf } from '../../support/kubernetes-programs.ts';
import { type ContextOptions, contextFor, type TestContext } from '../../support/step-context.ts';
import { until } from '../../support/until.ts';

const never = new AbortController().signal;
const run = `cutover-helm-${process.pid}`;
let cluster: TestCluster;
let processes: Runner;
let home: string;
let namespaces = 0;

beforeAll(async () => {
  cluster = await startCluster();
  home = await mkdtemp(join(tmpdir(), 'cutover-helm-'));
  processes = processRunner({ firstOnPath: await folderOf('helm') });
});
afterAll(async () => {
  processes.killAll();
  await cluster.stop();
  await rm(home, { recursive: true, force: true });
});

const helm = () => helmAt(cluster.connection, { processes, env: { HELM_CACHE_HOME: home } });

function context<Input>(
  kind: StepKind<Input>,
  input: object,
  options: ContextOptions = {},
): TestContext<Input> {
  return contextFor(
    kind,
    { connection: 'cluster', ...input },
    {
      ...options,
      world: { helm, kubernetes: () => cluster.admin, ...options.world },
      connections: { cluster: cluster.connection },
      capturing: true,
    },
  );
}

function newNamespace(): string {
  namespaces += 1;
  return `${run}-${namespaces}`;
}

const inputFor = (namespace: string, values: object = {}) => ({
  release: 'aether',
  namespace,
  chart: 'test/charts/aether',
  createNamespace: true,
  ready: false,
  values,
});

const viewOf = (namespace: string) => releaseAt(helm(), { release: 'aether', namespace }, never);
const statusesOf = async (namespace: string) =>
  (await viewOf(namespace).history()).map(({ revision, status, description }) =>
    [revision, status, description].join(' '),
  );

async function succeeded(result: StepResult | Promise<StepResult>) {
  const ended = await result;
  if (ended.status !== 'succeeded') throw new Error(JSON.stringify(ended));
  return ended;
}

test('installs with values from files and the playbook, none of them among the arguments', async () => {
  const namespace = newNamespace();
  const argvs: (readonly string[])[] = [];
  const seen: Runner = {
    ...processes,
    run(invocation, signal) {
      argvs.push(invocation.argv);
      return processes.run(invocation, signal);
    },
  };
  const input = {
    ...inputFor(namespace, { services: { trader: { replicas: 4 } }, apiKey: 'a-s3cret' }),
    valuesFiles: ['test/charts/aether-green.yaml'],
  };
  const watched = { helm: () => helmAt(cluster.connection, { processes: seen, env: {} }) };
  const at = context(helmUpgrade, input, { world: watched });
  const result = await succeeded(helmUpgrade.run(at, never));
  expect(result).toMatchObject({
    summary: `aether-0.4.0 is revision 1 of aether in ${namespace}`,
    output: { revision: 1, chart: 'aether-0.4.0', appVersion: 'v2.4.0' },
  });
  expect(at.captures).toEqual([
    { release: 'aether', namespace, revision: null, chart: null, values: null, manifest: null },
  ]);
  expect(argvs.flat().join(' ')).not.toContain('a-s3cret');
  expect(JSON.stringify([result, at.tails])).not.toContain('a-s3cret');
  const trader = await cluster.admin.read(
    { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'trader' },
    never,
  );
  expect(trader).toMatchObject({
    metadata: { labels: { 'aether.example/colour': 'green' } },
    spec: { replicas: 4 },
  });
});

test('a second worker finds the revision of the first, and makes none', async () => {
  const namespace = newNamespace();
  await succeeded(helmUpgrade.run(context(helmUpgrade, inputFor(namespace)), never));
  const second = context(helmUpgrade, inputFor(namespace), { epoch: 2 });
  expect(await helmUpgrade.observe?.(second, never)).toMatchObject({ effect: 'begun' });
  expect((await succeeded(helmUpgrade.run(second, never))).output).toMatchObject({ revision: 1 });
  expect(await statusesOf(namespace)).toEqual(['1 deployed cutover test-1 probe 1']);
});

test('a retry is a new attempt, and a new revision', async () => {
  const namespace = newNamespace();
  await succeeded(helmUpgrade.run(context(helmUpgrade, inputFor(namespace)), never));
  const retry = context(helmUpgrade, inputFor(namespace), { attempt: 2 });
  expect(await helmUpgrade.observe?.(retry, never)).toEqual({ effect: 'absent' });
  await succeeded(helmUpgrade.run(retry, never));
  expect(await statusesOf(namespace)).toEqual([
    '1 superseded cutover test-1 probe 1',
    '2 deployed cutover test-1 probe 2',
  ]);
});

test('goes back to what was captured, field by field, and only once', async () => {
  const namespace = newNamespace();
  const spec = async () => {
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'trader' };
    return (await cluster.admin.read(ref, never))?.spec;
  };
  await succeeded(helmUpgrade.run(context(helmUpgrade, inputFor(namespace, { colour: 'blue' })), never));
  const before = await spec();
  const at = context(
    helmUpgrade,
    inputFor(namespace, { image: { tag: 'v2.5.0' }, services: { trader: { replicas: 5 } } }),
    { attempt: 2 },
  );
  await succeeded(helmUpgrade.run(at, never));
  expect(await spec()).not.toEqual(before);
  const [captured] = at.captures;
  expect(captured).toMatchObject({ revision: 1, chart: 'aether-0.4.0' });
  for (const epoch of [3, 4]) {
    const back = context(helmRollback, { restore: captured }, { epoch });
    expect((await succeeded(helmRollback.run(back, never))).summary).toBe(
      `aether in ${namespace} is back at aether-0.4.0 (revision 1), values and objects as captured`,
    );
  }
  expect(await spec()).toEqual(before);
  expect((await statusesOf(namespace)).at(-1)).toBe('3 deployed Rollback to 1');
});

test('where there was none before, the release is left standing unless the playbook says otherwise', async () => {
  const namespace = newNamespace();
  const at = context(helmUpgrade, inputFor(namespace));
  await succeeded(helmUpgrade.run(at, never));
  const [restore] = at.captures;
  const left = await succeeded(helmRollback.run(context(helmRollback, { restore }), never));
  expect(left.summary).toContain('was left standing');
  expect(await statusesOf(namespace)).toHaveLength(1);
  for (const said of ['was taken away', 'is not there, as before']) {
    const gone = await helmRollback.run(context(helmRollback, { restore, uninstall: true }), never);
    expect((await succeeded(gone)).summary).toContain(said);
  }
  const deployments = { apiVersion: 'apps/v1', kind: 'Deployment', namespace };
  expect(await cluster.admin.list(deployments, never)).toEqual([]);
});

/** A Helm that is killed while a hook of the chart is at work, as by a worker's end. */
async function killedInHook(namespace: string): Promise<void> {
  await succeeded(helmUpgrade.run(context(helmUpgrade, inputFor(namespace)), never));
  const doomed = processRunner({ firstOnPath: await folderOf('helm') });
  const input = inputFor(namespace, { migrations: { hook: true } });
  const at = context(helmUpgrade, input, {
    attempt: 2,
    world: { helm: () => helmAt(cluster.connection, { processes: doomed, env: {} }) },
  });
  const running = helmUpgrade.run(at, never);
  running.catch(() => undefined);
  const job = { apiVersion: 'batch/v1', kind: 'Job', namespace, name: 'aether-migrations' };
  await until('the hook to be at work', () => cluster.admin.read(job, never));
  doomed.killAll();
  expect(await running).toMatchObject({ status: 'failed', summary: 'helm was ended by SIGKILL' });
  expect((await statusesOf(namespace)).at(-1)).toContain('2 pending-upgrade');
}

test('a release left pending by a killed Helm is a question to people, with the way out', async () => {
  const namespace = newNamespace();
  await killedInHook(namespace);
  const after = context(helmUpgrade, inputFor(namespace), { attempt: 2, epoch: 2 });
  const found = await helmUpgrade.observe?.(after, never);
  expect(found).toEqual({
    effect: 'unknown',
    known: [
      expect.stringMatching(
        /^Revision 2 of aether is pending-upgrade since 2\d{3}-\d\d-\d\d [\d:]{8} UTC, begun by step probe of test-1, attempt 2$/,
      ),
      expect.stringContaining(`\`helm rollback aether 1 --namespace ${namespace}\` mends it`),
    ],
  });
  expect(await helmUpgrade.run(after, never)).toMatchObject({
    status: 'failed',
    summary: expect.stringContaining('is pending-upgrade since'),
    retryable: true,
  });
  expect(await statusesOf(namespace)).toHaveLength(2);
});

test('with `repair: rollback` it goes back to the revision in force first', async () => {
  const namespace = newNamespace();
  await killedInHook(namespace);
  const input = { ...inputFor(namespace), repair: 'rollback' };
  const after = context(helmUpgrade, input, { attempt: 2, epoch: 2 });
  expect(await helmUpgrade.observe?.(after, never)).toEqual({ effect: 'absent' });
  await succeeded(helmUpgrade.run(after, never));
  expect(await statusesOf(namespace)).toEqual([
    '1 superseded cutover test-1 probe 1',
    expect.stringContaining('2 pending-upgrade'),
    '3 superseded Rollback to 1',
    '4 deployed cutover test-1 probe 2',
  ]);
  expect(after.captures).toMatchObject([{ revision: 1 }]);
});

test('waits until its workloads are ready, and says what keeps them', async () => {
  const namespace = newNamespace();
  let pullable = false;
  const kubelet = await startKubelet(cluster, ({ metadata }) =>
    pullable || !metadata.name.startsWith('trader-')
      ? { is: 'ready' }
      : { is: 'waiting', reason: 'ImagePullBackOff' },
  );
  let now = Date.parse('2026-11-21T12:00:00Z');
  const input = { ...inputFor(namespace), ready: true, within: '1h' };
  let kept: ContextOptions['kept'];
  const look = async () => {
    now += 5_000;
    const options = { now: () => now, ...(kept === undefined ? {} : { kept }) };
    const result = await helmUpgrade.run(context(helmUpgrade, input, options), never);
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
  expect(await statusesOf(namespace)).toHaveLength(1);
  await kubelet.stop();
});

test('stopped at work, Helm says so itself, and the release goes back', async () => {
  const namespace = newNamespace();
  await succeeded(helmUpgrade.run(context(helmUpgrade, inputFor(namespace)), never));
  const stop = new AbortController();
  const at = context(helmUpgrade, inputFor(namespace, { migrations: { hook: true } }), { attempt: 2 });
  const running = helmUpgrade.run(at, stop.signal);
  const job = { apiVersion: 'batch/v1', kind: 'Job', namespace, name: 'aether-migrations' };
  await until('the hook to be at work', () => cluster.admin.read(job, never));
  stop.abort(new Error('rolled back'));
  await expect(running).rejects.toThrow('rolled back');
  await succeeded(helmRollback.run(context(helmRollback, { restore: at.captures[0] }), never));
  expect((await statusesOf(namespace)).at(-1)).toBe('3 deployed Rollback to 1');
});

test('ended by a signal when its bot died, it is gone on with: nothing is wrong with the release', async () => {
  const namespace = newNamespace();
  await succeeded(helmUpgrade.run(context(helmUpgrade, inputFor(namespace)), never));
  const stop = new AbortController();
  const at = context(helmUpgrade, inputFor(namespace, { migrations: { hook: true } }), { attempt: 2 });
  const running = helmUpgrade.run(at, stop.signal);
  const job = { apiVersion: 'batch/v1', kind: 'Job', namespace, name: 'aether-migrations' };
  await until('the hook to be at work', () => cluster.admin.read(job, never));
  stop.abort(new Error('the bot dies'));
  await expect(running).rejects.toThrow('the bot dies');
  expect((await statusesOf(namespace)).at(-1)).toMatch(/^2 failed .*context canceled$/);
  const after = context(helmUpgrade, inputFor(namespace), { attempt: 2, epoch: 2 });
  expect(await helmUpgrade.observe?.(after, never)).toEqual({ effect: 'absent' });
  await succeeded(helmUpgrade.run(after, never));
  expect((await statusesOf(namespace)).at(-1)).toBe('3 deployed cutover test-1 probe 2');
});

test('what Helm refuses is told in its words, and the same attempt does not try again', async () => {
  const namespace = newNamespace();
  const input = inputFor(namespace, { services: { trader: { replicas: -1 } } });
  const refused = await helmUpgrade.run(context(helmUpgrade, input), never);
  expect(refused).toMatchObject({ status: 'failed', summary: expect.stringContaining('replicas') });
  const again = await helmUpgrade.run(context(helmUpgrade, input, { epoch: 2 }), never);
  expect(again).toMatchObject({
    status: 'failed',
    summary: expect.stringContaining('Helm gave revision 1 up'),
  });
  expect(await statusesOf(namespace)).toHaveLength(1);
});

test('the plan says what will change, and shows no secret', async () => {
  const namespace = newNamespace();
  const values = { colour: 'blue', trader: { password: 'a-s3cret' } };
  await succeeded(helmUpgrade.run(context(helmUpgrade, inputFor(namespace, values)), never));
  const next = { colour: 'green', trader: { password: '${{ secrets.TRADER }}' }, image: { tag: 'v2.5.0' } };
  const line = await helmUpgrade.plan(context(helmUpgrade, inputFor(namespace, next)));
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
  const nowhere = context(helmUpgrade, inputFor(namespace), {
    world: { helm: () => helmAt({ kind: 'kubernetes' }, { processes, env: {} }) },
  });
  expect((await helmUpgrade.plan(nowhere)).summary).toContain('what stands there could not be read');
});
