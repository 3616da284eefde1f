import { z } from 'zod';
import type { Cluster, ObjectMeta, ObjectRef } from '../ports/kubernetes.ts';
import type { Observation, PlanContext, PlanLine, StepContext, StepKind, StepResult } from '../ports/step.ts';
import { isOurs, mark, marksOf, ownLabels, refuseStale } from './kubernetes/marks.ts';
import { clusterOf, connectionName, labelsSchema, namespaceSchema, planned } from './kubernetes/place.ts';
import { refused, settle } from './kubernetes/settle.ts';

const input = z.strictObject({
  connection: connectionName,
  name: namespaceSchema,
  labels: labelsSchema.default({}).describe('Beside those that say whose it is'),
});
type Input = z.infer<typeof input>;
type Context = StepContext<Input>;

const planTimeout = 3_000;

function refTo({ name }: Input): ObjectRef {
  return { apiVersion: 'v1', kind: 'Namespace', name };
}

/** It is there, and nobody said that this playbook may use it. */
class NotOurs extends Error {
  override readonly name = 'NotOurs';
}

function howToLend(name: string, playbook: string): string {
  return [
    'If the playbook may use it, say so and retry:',
    `kubectl label namespace ${name} ${mark.managedBy}=cutover`,
    `kubectl annotate namespace ${name} ${mark.playbook}=${playbook}`,
  ].join('\n');
}

async function ensure(context: Context, cluster: Cluster, signal: AbortSignal): Promise<'made' | 'kept'> {
  const { name, labels } = context.input;
  const own = { labels: { ...labels, ...ownLabels(context) }, annotations: marksOf(context) };
  const live = await cluster.describe(refTo(context.input), signal);
  if (live === undefined) {
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...own } }, signal);
    return 'made';
  }
  if (!isOurs(context, live)) throw new NotOurs(`Namespace ${name} exists, and not by this playbook`);
  refuseStale(context, live);
  const { resourceVersion = '' } = live;
  if (!has(live, own.labels, context))
    await cluster.patch(refTo(context.input), { metadata: { resourceVersion, ...own } }, signal);
  return 'kept';
}

function has(
  { labels, annotations }: ObjectMeta,
  wanted: Record<string, string>,
  { rollout, step }: Context,
): boolean {
  const labelled = Object.entries(wanted).every(([name, value]) => labels?.[name] === value);
  return labelled && annotations?.[mark.rollout] === rollout.id && annotations[mark.step] === step.id;
}

async function run(context: Context, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  const { name } = context.input;
  try {
    const cluster = clusterOf(context);
    const going = (await cluster.describe(refTo(context.input), signal))?.deletionTimestamp;
    if (going !== undefined) {
      const summary = `Namespace ${name} is being deleted since ${going}`;
      return { status: 'failed', summary, detail: 'Retry when it is gone.', retryable: true };
    }
    const how = await settle(() => ensure(context, cluster, signal), signal);
    const summary =
      how === 'made' ? `Made the namespace ${name}` : `The namespace ${name} is there, and ours`;
    return { status: 'succeeded', summary, output: { name } };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof NotOurs)) return refused(error);
    const detail = howToLend(name, context.rollout.playbook);
    return { status: 'failed', summary: error.message, detail, retryable: false };
  }
}

async function observe(context: Context, signal: AbortSignal): Promise<Observation> {
  const { name, labels } = context.input;
  const live = await clusterOf(context).describe(refTo(context.input), signal);
  if (live === undefined || live.deletionTimestamp !== undefined) return { effect: 'absent' };
  if (!isOurs(context, live) || !has(live, { ...labels, ...ownLabels(context) }, context))
    return { effect: 'absent' };
  return { effect: 'present', summary: `The namespace ${name} is there, and ours`, output: { name } };
}

async function plan(context: PlanContext<Input>): Promise<PlanLine> {
  const { input: given } = context;
  const what = `Namespace ${given.name}`;
  try {
    const signal = AbortSignal.timeout(planTimeout);
    const live = await planned(context, given.connection).describe(refTo(given), signal);
    if (live === undefined)
      return {
        summary: `Make the namespace ${given.name}`,
        diff: [{ what, before: 'none', after: 'made' }],
        stays: true,
      };
    const whose =
      live.labels?.[mark.managedBy] === 'cutover' ? '' : ', and is not ours: the step would be refused';
    return { summary: `${what} is there already${whose}`, diff: [] };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      summary: `Make the namespace ${given.name} unless it is there (not read here: ${why})`,
      diff: [],
    };
  }
}

/** Makes a namespace that is marked as this playbook's; one that is somebody else's is left alone. */
export const kubernetesNamespace: StepKind<Input> = {
  uses: 'kubernetes.namespace',
  describe: 'Makes a namespace with labels and marks of whose it is; refused when it exists and isn’t ours.',
  input,
  effect: 'once',
  timeout: 60_000,
  plan,
  observe,
  run,
};
