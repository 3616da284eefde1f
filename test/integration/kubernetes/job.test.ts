import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Fate, type Kubelet, startKubelet } from '../../../sandbox/kubernetes/kubelet.ts';
import type { KubernetesObject } from '../../../src/ports/kubernetes.ts';
import type { StepResult } from '../../../src/ports/step.ts';
import { kubernetesJob } from '../../../src/steps/kubernetes-job.ts';
import { startCluster, type TestCluster } from '../../support/cluster.ts';
import { type ContextOptions, contextFor } from '../../support/step-context.ts';
import { until } from '../../support/until.ts';

const never = new AbortController().signal;
const namespace = `cutover-job-${process.pid}`;
let cluster: TestCluster;
let kubelet: Kubelet;
let fate: (pod: KubernetesObject) => Fate;

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, never);
  kubelet = await startKubelet(cluster, (pod) => fate(pod));
});
afterAll(async () => {
  await kubelet?.stop();
  await cluster?.stop();
});
beforeEach(() => {
  fate = () => ({ is: 'ended', code: 0, log: ['applied 3 migrations', 'schema 42'] });
});

function context(step: string, more: object = {}, options: ContextOptions = {}) {
  const input = { connection: 'cluster', namespace, image: 'aether:v2.4.0', command: ['migrate'], ...more };
  const at = contextFor(kubernetesJob, input, {
    ...options,
    world: { kubernetes: () => cluster.admin, ...options.world },
    connections: { cluster: cluster.connection },
    now: Date.now,
  });
  return { ...at, step: { ...at.step, id: step } };
}

const jobs = async (step: string) =>
  cluster.admin.list(
    { apiVersion: 'batch/v1', kind: 'Job', namespace, labels: `cutover.dev/step=${step}` },
    never,
  );

const named = async (step: string) => (await jobs(step)).map(({ metadata }) => metadata.name);

/** Waits until a Job's pod runs. */
const atWork = (step: string) =>
  until('the job to be at work', async () => {
    const [job] = await jobs(step);
    return (job?.status as { active?: number } | undefined)?.active === 1;
  });

test('runs to its end: output in the thread, exit code, marks and limits on the Job', async () => {
  const at = context('migrate', { env: { ACCOUNT: 'company' }, deadline: '5m' });
  const result = await kubernetesJob.run(at, never);
  expect(result).toMatchObject({
    status: 'succeeded',
    summary: expect.stringMatching(/^schema 42 · Job test-1-migrate-1 ended well in /),
    output: { job: 'test-1-migrate-1', exitCode: 0, log: 'applied 3 migrations\nschema 42' },
  });
  const [job] = await jobs('migrate');
  expect(job).toMatchObject({
    metadata: {
      labels: { 'cutover.dev/rollout': 'test-1', 'app.kubernetes.io/managed-by': 'cutover' },
      annotations: { 'cutover.dev/epoch': '1', 'cutover.dev/step': 'migrate' },
    },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: 300,
      template: {
        spec: {
          restartPolicy: 'Never',
          containers: [{ command: ['migrate'], env: [{ name: 'ACCOUNT', value: 'company' }] }],
        },
      },
    },
  });
});

test('a second worker finds the Job of the first and follows it; there is no second one', async () => {
  let open = false;
  fate = () => (open ? { is: 'ended', code: 0, log: ['done'] } : { is: 'running', log: ['at work'] });
  const first = context('adopt');
  const dying = new AbortController();
  const lost = kubernetesJob.run({ ...first, takeBack: async () => undefined }, dying.signal);
  await atWork('adopt');
  await until('its output', () => first.tails.includes('at work'));
  dying.abort(new Error('killed'));
  await expect(lost).rejects.toThrow('killed');
  const second = context('adopt', {}, { epoch: 2 });
  const found = await kubernetesJob.observe?.(second, never);
  expect(found).toMatchObject({ effect: 'begun', state: { job: 'test-1-adopt-1' } });
  const going = kubernetesJob.run({ ...second, kept: { job: 'test-1-adopt-1' } }, never);
  open = true;
  await kubelet.look();
  expect(await going).toMatchObject({ status: 'succeeded', output: { log: 'done' } });
  expect(await named('adopt')).toEqual(['test-1-adopt-1']);
});

test('run again without a word of the first, it finds the Job all the same', async () => {
  for (const epoch of [1, 2]) {
    const result: StepResult = await kubernetesJob.run(context('twice', {}, { epoch }), never);
    expect(result).toMatchObject({ status: 'succeeded' });
  }
  expect(await named('twice')).toEqual(['test-1-twice-1']);
});

test('never begun is absent; begun and gone is a question to people', async () => {
  expect(await kubernetesJob.observe?.(context('gone'), never)).toEqual({ effect: 'absent' });
  await kubernetesJob.run(context('gone'), never);
  const ref = { apiVersion: 'batch/v1', kind: 'Job', namespace, name: 'test-1-gone-1' };
  await cluster.admin.remove(ref, { propagation: 'Background' }, never);
  await until('the Job to be gone', async () => (await cluster.admin.read(ref, never)) === undefined);
  expect(await kubernetesJob.observe?.(context('gone'), never)).toEqual({
    effect: 'unknown',
    known: [expect.stringMatching(/^The Job test-1-gone-1 no longer exists\. It had been begun: \w/)],
  });
});

test('a failure says the exit code, the reason and the last lines', async () => {
  fate = () => ({ is: 'ended', code: 137, reason: 'OOMKilled', log: ['loading', 'killed'] });
  expect(await kubernetesJob.run(context('oom'), never)).toMatchObject({
    status: 'failed',
    summary: expect.stringMatching(/^Job test-1-oom-1 failed after .*: exit code 137 \(OOMKilled\)$/),
    detail: 'loading\nkilled',
    output: { exitCode: 137 },
    retryable: true,
  });
});

test('a pod that can’t start is told of while it waits, and in the end by the deadline', async () => {
  fate = () => ({ is: 'waiting', reason: 'ImagePullBackOff', message: 'no such image' });
  const at = context('pull', { deadline: '3s' });
  const result = await kubernetesJob.run(at, never);
  expect(at.tails).toEqual(
    expect.arrayContaining([expect.stringMatching(/waits: ImagePullBackOff: no such image$/)]),
  );
  expect(result).toMatchObject({
    status: 'failed',
    summary: expect.stringContaining('it took longer than 3s'),
  });
});

test('stopped, it takes its Job and the pod away before it ends', async () => {
  fate = () => ({ is: 'running' });
  const stop = new AbortController();
  const running = kubernetesJob.run(context('stopped'), stop.signal);
  await atWork('stopped');
  stop.abort(new Error('rolled back'));
  await expect(running).rejects.toThrow('rolled back');
  expect(await named('stopped')).toEqual([]);
  const pods = { apiVersion: 'v1', kind: 'Pod', namespace, labels: 'job-name=test-1-stopped-1' };
  expect(await cluster.admin.list(pods, never)).toEqual([]);
});

test('left at work by a worker that died, it is taken away from any other worker', async () => {
  fate = () => ({ is: 'running' });
  const dying = new AbortController();
  const first = kubernetesJob.run({ ...context('left'), takeBack: async () => undefined }, dying.signal);
  await atWork('left');
  dying.abort(new Error('killed'));
  await expect(first).rejects.toThrow('killed');
  const second = context('left', {}, { epoch: 2 });
  expect(await kubernetesJob.takeBack?.(second, never)).toBe(
    `Job test-1-left-1 in ${namespace} is taken away`,
  );
  await until('the Job to be gone', async () => (await named('left')).length === 0);
  expect(await kubernetesJob.takeBack?.(second, never)).toBeUndefined();
});

test('a Job that has ended stays for people to read', async () => {
  await kubernetesJob.run(context('kept'), never);
  expect(await kubernetesJob.takeBack?.(context('kept'), never)).toBeUndefined();
  expect(await named('kept')).toEqual(['test-1-kept-1']);
});

test('a retry ends what an earlier attempt left at work before it begins its own', async () => {
  fate = ({ metadata }) =>
    metadata.name.startsWith('test-1-again-1') ? { is: 'running' } : { is: 'ended', code: 0 };
  const dying = new AbortController();
  const first = kubernetesJob.run({ ...context('again'), takeBack: async () => undefined }, dying.signal);
  await atWork('again');
  dying.abort(new Error('killed'));
  await expect(first).rejects.toThrow('killed');
  const retry = await kubernetesJob.run(context('again', {}, { attempt: 2 }), never);
  expect(retry).toMatchObject({ status: 'succeeded' });
  expect(await named('again')).toEqual(['test-1-again-2']);
});

test('a name that somebody else took is refused, and their Job is left alone', async () => {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'job', image: 'theirs' }] } };
  const metadata = { name: 'test-1-taken-1', namespace };
  await cluster.admin.create({ apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template } }, never);
  expect(await kubernetesJob.run(context('taken'), never)).toMatchObject({
    status: 'failed',
    summary: `Job test-1-taken-1 in ${namespace} is there already, and is not of test-1`,
  });
});
