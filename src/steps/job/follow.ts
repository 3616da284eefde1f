import { formatDuration } from '../../core/playbook/duration.ts';
import { shown } from '../../core/step/shown.ts';
import {
  type Cluster,
  KubernetesError,
  type KubernetesObject,
  type ObjectRef,
} from '../../ports/kubernetes.ts';
import type { StepContext, StepResult } from '../../ports/step.ts';
import { clusterOf } from '../kubernetes/place.ts';
import type { JobInput } from './input.ts';
import { endOf, exitWords, type JobEnd, type PodState, podState } from './state.ts';

type Context = StepContext<JobInput>;

/** Lines of output that are kept for a step that fails. */
const linesKept = 60;

/** Follows a Job to its end, with its output in the thread. Throws the signal's reason when that aborts. */
export async function followJob(context: Context, ref: ObjectRef, signal: AbortSignal): Promise<StepResult> {
  const cluster = clusterOf(context);
  const over = new AbortController();
  const pods = watchPods(context, cluster, ref, AbortSignal.any([signal, over.signal]));
  try {
    const job = await ended(cluster, ref, signal);
    const seen = await lastPods(cluster, ref, signal);
    if (job === undefined) return gone(ref);
    return resultOf(context, job, seen, await outputOf(cluster, ref, seen, pods.lines(), signal));
  } finally {
    over.abort(new Error('the job ended'));
    await pods.closed;
  }
}

/** The Job once it has ended; undefined when it was taken away. */
async function ended(cluster: Cluster, ref: ObjectRef, signal: AbortSignal) {
  const { name, ...resource } = ref;
  for await (const event of cluster.watch({ ...resource, fields: `metadata.name=${name}` }, signal)) {
    if (event.type === 'removed') return undefined;
    const job = event.type === 'listed' ? event.objects[0] : event.object;
    if (job === undefined) return undefined;
    if (endOf(job) !== undefined) return job;
  }
  return undefined;
}

function selectionOf({ name, namespace = '' }: ObjectRef) {
  return { apiVersion: 'v1', kind: 'Pod', namespace, labels: `job-name=${name}` };
}

async function lastPods(cluster: Cluster, ref: ObjectRef, signal: AbortSignal): Promise<PodState[]> {
  const pods = await cluster.list(selectionOf(ref), signal);
  const age = ({ metadata }: KubernetesObject) => metadata.creationTimestamp ?? '';
  return pods.sort((a, b) => age(a).localeCompare(age(b))).map(podState);
}

/** Tells of each pod what it is at, and prints what its first container prints. */
function watchPods(context: Context, cluster: Cluster, ref: ObjectRef, signal: AbortSignal) {
  const told = new Map<string, string>();
  const printing = new Map<string, Promise<void>>();
  let lines: string[] = [];
  const print = (line: string): void => {
    lines = [...lines, shown(line, 500)].slice(-linesKept);
    context.tail(shown(line, 500));
  };
  const read = async (name: string): Promise<void> => {
    const pod = { namespace: ref.namespace ?? '', name };
    for await (const line of cluster.follow(pod, signal)) print(line);
  };
  const see = (pod: KubernetesObject): void => {
    const { name, words, hasOutput } = podState(pod);
    if (told.get(name) !== words) context.tail(`${name}: ${words}`);
    told.set(name, words);
    if (hasOutput && !printing.has(name)) printing.set(name, read(name).catch(ignore));
  };
  const watching = async (): Promise<void> => {
    for await (const event of cluster.watch(selectionOf(ref), signal)) {
      if (event.type === 'listed') event.objects.forEach(see);
      else if (event.type === 'changed') see(event.object);
    }
  };
  const closed = watching()
    .catch(ignore)
    .then(() => Promise.all(printing.values()));
  return { closed, lines: () => lines };
}

/** What a pod prints is for people to read: that it can't be read stops nothing. */
function ignore(): void {}

/** The last lines: read once more, since a stream may lag behind; those that came, where the pod is gone. */
async function outputOf(
  cluster: Cluster,
  ref: ObjectRef,
  pods: readonly PodState[],
  came: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const last = pods.findLast(({ hasOutput }) => hasOutput);
  if (last === undefined) return came;
  const pod = { namespace: ref.namespace ?? '', name: last.name };
  const lines = await cluster.logs(pod, linesKept, signal).catch((error: unknown) => {
    if (error instanceof KubernetesError) return [];
    throw error;
  });
  return lines.length === 0 ? came : lines.map((line) => shown(line, 500));
}

function gone({ name, namespace }: ObjectRef): StepResult {
  const summary = `Job ${name} in ${namespace} was taken away before it ended`;
  const detail = 'How far it came is not known. Look at what it changes before you retry.';
  return { status: 'failed', summary, detail, retryable: false };
}

function resultOf(
  context: Context,
  job: KubernetesObject,
  pods: PodState[],
  lines: readonly string[],
): StepResult {
  const { name, namespace = '', creationTimestamp } = job.metadata;
  const took = formatDuration(Math.max(0, context.now() - Date.parse(creationTimestamp ?? '')) || 0);
  const exit = pods.findLast(({ exit: code }) => code !== undefined)?.exit;
  const output = {
    job: name,
    namespace,
    exitCode: exit?.code ?? null,
    log: lines.slice(-20).join('\n').slice(-4_096),
  };
  const end = endOf(job);
  if (end?.well) {
    const said = lines.findLast((line) => line !== '');
    const summary = `${said === undefined ? '' : `${shown(said, 120)} · `}Job ${name} ended well in ${took}`;
    return { status: 'succeeded', summary, output };
  }
  const detail =
    lines.length > 0 ? lines.join('\n') : pods.map(({ name: pod, words }) => `${pod}: ${words}`).join('\n');
  return {
    status: 'failed',
    summary: `Job ${name} failed after ${took}: ${end ? whyFailed(end, exit, context.input, pods) : 'unknown'}`,
    detail: detail === '' ? 'Nothing is left of its pods.' : detail,
    output,
    retryable: true,
  };
}

function whyFailed(
  { reason }: JobEnd,
  exit: PodState['exit'],
  { deadline, retries }: JobInput,
  pods: readonly PodState[],
): string {
  const last = pods.at(-1);
  const state = last ? `; ${last.words}` : '';
  if (reason === 'DeadlineExceeded') return `it took longer than ${deadline}${state}`;
  if (exit !== undefined) return `${exitWords(exit)}${retries > 0 ? `, ${retries + 1} times` : ''}`;
  return `${shown(reason === '' ? 'no reason given' : reason, 60)}${state}`;
}
