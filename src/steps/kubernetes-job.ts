import { listed, shown } from '../core/step/shown.ts';
import { iso } from '../ports/clock.ts';
import type { Cluster, KubernetesObject, ObjectRef } from '../ports/kubernetes.ts';
import type { Observation, PlanContext, PlanLine, StepContext, StepKind, StepResult } from '../ports/step.ts';
import { followJob } from './job/follow.ts';
import { type JobInput, jobInput } from './job/input.ts';
import { attemptsOf, jobName, jobObject, templateOf } from './job/object.ts';
import { endOf } from './job/state.ts';
import { mark } from './kubernetes/marks.ts';
import { clusterNamed, clusterOf } from './kubernetes/place.ts';
import { refused, settle } from './kubernetes/settle.ts';

type Context = StepContext<JobInput>;
const resource = { apiVersion: 'batch/v1', kind: 'Job' };

function refOf(context: Context): ObjectRef & { namespace: string } {
  return { ...resource, namespace: context.input.namespace, name: jobName(context) };
}

async function plan({ input }: PlanContext<JobInput>): Promise<PlanLine> {
  const what = [input.image ?? input.file ?? 'a pod', ...(input.command ?? []), ...(input.args ?? [])];
  return {
    summary: `Run a Job in ${input.namespace}: ${shown(what.join(' '), 200)}, at most ${input.deadline}`,
    diff: [],
    stays: true,
  };
}

/** A name that somebody else took is no Job of ours. */
class NotOurs extends Error {
  override readonly name = 'NotOurs';
}

function checked(context: Context, job: KubernetesObject): KubernetesObject {
  if (job.metadata.labels?.[mark.rollout] === context.rollout.id) return job;
  throw new NotOurs(
    `Job ${job.metadata.name} in ${context.input.namespace} is there already, and is not of ${context.rollout.id}`,
  );
}

/** Makes the Job of this attempt, or finds it. Jobs of earlier attempts that are still at work end first. */
async function begun(context: Context, signal: AbortSignal): Promise<void> {
  const cluster = clusterOf(context);
  const ref = refOf(context);
  const object = jobObject(context, await templateOf(context, signal));
  const there = await cluster.read(ref, signal);
  if (there) return void checked(context, there);
  const earlier = await cluster.list(
    { ...resource, namespace: ref.namespace, labels: attemptsOf(context) },
    signal,
  );
  for (const job of earlier.filter((each) => endOf(each) === undefined)) {
    context.tail(`${job.metadata.name} of an earlier attempt is still at work: it is ended first`);
    await takenAway(cluster, { ...ref, name: job.metadata.name }, signal);
  }
  const made = await settle(
    async () => (await cluster.read(ref, signal)) ?? (await cluster.create(object, signal)),
    signal,
  );
  checked(context, made);
  context.tail(`Job ${ref.name} in ${ref.namespace}`);
}

/** Takes a Job away with its pods, and resolves when all of it is gone. */
async function takenAway(cluster: Cluster, ref: ObjectRef, signal: AbortSignal): Promise<void> {
  const job = await cluster.describe(ref, signal);
  if (job === undefined) return;
  const { uid } = job;
  await cluster.remove(ref, { propagation: 'Foreground', ...(uid === undefined ? {} : { uid }) }, signal);
  const { name, ...kind } = ref;
  for await (const event of cluster.watch({ ...kind, fields: `metadata.name=${name}` }, signal)) {
    if (event.type === 'removed' || (event.type === 'listed' && event.objects.length === 0)) return;
  }
}

/** A Job that is not there was never made, unless the cluster still remembers it. */
async function observe(context: Context, signal: AbortSignal): Promise<Observation> {
  const cluster = clusterOf(context);
  const ref = refOf(context);
  if (await cluster.read(ref, signal)) {
    const waiting = {
      for: 'time',
      until: iso(context.now()),
      what: `Job ${ref.name}: found after a crash`,
    } as const;
    return { effect: 'begun', waiting, state: { job: ref.name } };
  }
  const told = await cluster.list(
    { apiVersion: 'v1', kind: 'Event', namespace: ref.namespace, fields: `involvedObject.name=${ref.name}` },
    signal,
  );
  const last = told.at(-1);
  if (last === undefined) return { effect: 'absent' };
  const message = shown(typeof last.message === 'string' ? last.message : 'it was begun', 200);
  return {
    effect: 'unknown',
    known: [`The Job ${ref.name} no longer exists. It had been begun: ${message}`],
  };
}

/** Takes away what is still at work of any attempt, with its pods; who began it is on its labels. */
async function takeBack(context: Context, signal: AbortSignal): Promise<string | undefined> {
  const cluster = clusterOf(context);
  const { namespace } = context.input;
  const made = await cluster.list({ ...resource, namespace, labels: attemptsOf(context) }, signal);
  const open = made.filter((job) => endOf(job) === undefined);
  for (const { metadata } of open) {
    const { name, uid } = metadata;
    await cluster.remove({ ...resource, namespace, name }, uid === undefined ? {} : { uid }, signal);
  }
  if (open.length === 0) return undefined;
  return `Job ${listed(open.map(({ metadata }) => metadata.name))} in ${namespace} is taken away`;
}

async function run(context: Context, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  try {
    if (context.kept === undefined) await begun(context, signal);
    return await followJob(context, refOf(context), signal);
  } catch (error) {
    if (signal.aborted) {
      await context.takeBack((world, last) =>
        takenAway(clusterNamed({ ...context, world }, context.input.connection), refOf(context), last),
      );
      throw error;
    }
    if (error instanceof NotOurs) return { status: 'failed', summary: error.message, retryable: false };
    return refused(error);
  }
}

/** Runs a Job once in an attempt and follows it to its end. A step that is stopped takes its Job away. */
export const kubernetesJob: StepKind<JobInput> = {
  uses: 'kubernetes.job',
  describe: 'Runs a Kubernetes Job from a template and follows it: output in the thread, exit code, reason.',
  input: jobInput,
  effect: 'once',
  timeout: 24 * 60 * 60_000,
  plan,
  observe,
  takeBack,
  run,
};
