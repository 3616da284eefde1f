import { z } from 'zod';
import type { Json } from '../core/json.ts';
import { listed, shown, shownValue } from '../core/step/shown.ts';
import type { KubernetesObject } from '../ports/kubernetes.ts';
import type { Observation, PlanContext, PlanLine, StepContext, StepKind, StepResult } from '../ports/step.ts';
import {
  appliedSchema,
  applyOne,
  heldOf,
  isBack,
  refOf,
  standsAs,
  unapplyOne,
} from './kubernetes/applied.ts';
import { manifestsOf, sourceFields, WrongFile } from './kubernetes/manifests.ts';
import { called, Drifted } from './kubernetes/moves.ts';
import { clusterNamed, connectionName, planned } from './kubernetes/place.ts';
import { refused } from './kubernetes/settle.ts';

const applySchema = z
  .strictObject({ connection: connectionName, ...sourceFields })
  .refine(({ objects, files }) => objects.length + files.length > 0, {
    message: 'give `objects` or `files`',
  });
const restoreSchema = z.strictObject({
  restore: appliedSchema.nullable().describe('What an apply captured: `${{ steps.config.before }}`'),
});
const input = z.union([restoreSchema, applySchema]);
type Input = z.infer<typeof input>;
type Apply = z.infer<typeof applySchema>;
type Captured = z.infer<typeof appliedSchema>;

const planTimeout = 3_000;

async function apply(context: StepContext<Apply>, signal: AbortSignal): Promise<StepResult> {
  const { connection } = context.input;
  const cluster = clusterNamed(context, connection);
  const { objects, files } = await manifestsOf(context.input, context.world.files, signal);
  await context.capture(async () => {
    const held = await Promise.all(objects.map((object) => heldOf(cluster, object, signal)));
    return { connection, objects: held } satisfies Captured;
  });
  for (const object of objects) {
    await applyOne(context, cluster, object, signal);
    context.tail(`${called(refOf(object))} is applied`);
  }
  return { status: 'succeeded', ...said(objects, files) };
}

function said(objects: readonly KubernetesObject[], files: Record<string, string>) {
  const names = objects.map((object) => called(refOf(object)));
  const summary = shown(`Applied ${listed(names)}`, 300);
  return { summary, output: { objects: names, files } satisfies Json };
}

async function restore(
  context: StepContext<Input>,
  before: Captured | null,
  signal: AbortSignal,
): Promise<StepResult> {
  if (before === null)
    return { status: 'succeeded', summary: 'Nothing had been applied, so nothing is restored' };
  const cluster = clusterNamed(context, before.connection);
  const troubles: unknown[] = [];
  for (const held of before.objects.toReversed()) {
    await unapplyOne(context, cluster, held, signal).catch((error: unknown) => troubles.push(error));
    signal.throwIfAborted();
  }
  if (troubles.length > 0) throw troubles[0];
  return { status: 'succeeded', summary: restored(before) };
}

function restored({ objects }: Captured): string {
  return shown(`Restored ${listed(objects.map(({ ref }) => called(ref)))}`, 300);
}

async function run(context: StepContext<Input>, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  const { input: given } = context;
  try {
    if ('restore' in given) return await restore(context, given.restore, signal);
    return await apply({ ...context, input: given }, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof WrongFile)
      return { status: 'failed', summary: shown(error.message, 300), retryable: false };
    if (error instanceof Drifted)
      return { status: 'failed', summary: error.message, detail: 'All else was put back.', retryable: false };
    return refused(error, 'The objects are applied one after the other: those before this one are.');
  }
}

async function observe(context: StepContext<Input>, signal: AbortSignal): Promise<Observation> {
  const { input: given } = context;
  if ('restore' in given) return observeRestored(context, given.restore, signal);
  const cluster = clusterNamed(context, given.connection);
  const { objects, files } = await manifestsOf(given, context.world.files, signal);
  const live = await Promise.all(objects.map((object) => cluster.read(refOf(object), signal)));
  const there = objects.every((object, index) => standsAs(context, live[index], object));
  return there ? { effect: 'present', ...said(objects, files) } : { effect: 'absent' };
}

async function observeRestored(
  context: StepContext<Input>,
  before: Captured | null,
  signal: AbortSignal,
): Promise<Observation> {
  if (before === null) return { effect: 'absent' };
  const cluster = clusterNamed(context, before.connection);
  const live = await Promise.all(before.objects.map(({ ref }) => cluster.read(ref, signal)));
  const back = before.objects.every((held, index) => isBack(live[index], held));
  return back ? { effect: 'present', summary: restored(before) } : { effect: 'absent' };
}

async function plan(context: PlanContext<Input>): Promise<PlanLine> {
  const { input: given } = context;
  if ('restore' in given) return { summary: 'Restore what stood there before it was applied', diff: [] };
  const many = given.objects.length + given.files.length;
  try {
    const signal = AbortSignal.timeout(planTimeout);
    const { objects } = await manifestsOf(given, context.world.files, signal);
    const cluster = planned(context, given.connection);
    const live = await Promise.all(objects.map((object) => cluster.read(refOf(object), signal)));
    const diff = objects.flatMap((object, index) => lines(object, live[index]));
    return { summary: shown(`Apply ${listed(objects.map((object) => called(refOf(object))))}`, 300), diff };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { summary: shown(`Apply ${many} objects or files (not read here: ${why})`, 400), diff: [] };
  }
}

/** One line for each top field that would be another. */
function lines(object: KubernetesObject, live: KubernetesObject | undefined): PlanLine['diff'] {
  const what = called(refOf(object));
  if (live === undefined) return [{ what, before: 'none', after: 'made' }];
  const { apiVersion: _v, kind: _k, metadata: _m, ...content } = object;
  return Object.entries(content)
    .filter(([field, value]) => shownValue(live[field], 2_000) !== shownValue(value, 2_000))
    .map(([field, value]) => ({
      what: `${what} ${field}`,
      before: shownValue(live[field], 400),
      after: shownValue(value, 400),
    }));
}

/** Applies objects by server-side apply, and puts back what stood under them. */
export const kubernetesApply: StepKind<Input> = {
  uses: 'kubernetes.apply',
  describe:
    'Applies objects, given inline or in files, by server-side apply; fields of other managers are never taken.',
  input,
  effect: 'once',
  timeout: 120_000,
  plan,
  observe,
  run,
};
