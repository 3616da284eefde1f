import { z } from 'zod';
import type { Json } from '../core/json.ts';
import { shown, shownValue } from '../core/step/shown.ts';
import type { Cluster, KubernetesObject } from '../ports/kubernetes.ts';
import type { Observation, PlanContext, PlanLine, StepContext, StepKind, StepResult } from '../ports/step.ts';
import { type Aim, aimOf, type Switch, switchSchema } from './kubernetes/aim.ts';
import { type Fields, fieldsOf, sameFields } from './kubernetes/fields.ts';
import { NotPossible } from './kubernetes/ingress.ts';
import {
  type Captured,
  called,
  capturedSchema,
  Drifted,
  held,
  moveOn,
  present,
  putBack,
} from './kubernetes/moves.ts';
import { clusterNamed, planned } from './kubernetes/place.ts';
import { refused } from './kubernetes/settle.ts';

const restoreSchema = z.strictObject({
  restore: capturedSchema.nullable().describe('What a switch captured: `${{ steps.flip.before }}`'),
});
const input = z.union([restoreSchema, switchSchema]);
type Input = z.infer<typeof input>;

const planTimeout = 3_000;

function readAll(cluster: Cluster, { refs }: Aim, signal: AbortSignal): Promise<KubernetesObject[]> {
  return Promise.all(refs.map((ref) => present(cluster, ref, signal)));
}

/** The switch can't be made yet; the message says what is missing. */
class Unready extends Error {
  override readonly name = 'Unready';
}

/**
 * What stands there before the first change, kept durably: all that follows is decided from it. Nothing is kept
 * where the switch can't be made, so that a later attempt looks anew.
 */
async function captured(
  context: StepContext<Switch>,
  cluster: Cluster,
  aim: Aim,
  signal: AbortSignal,
): Promise<Captured> {
  const read = async (): Promise<Json> => {
    const live = await readAll(cluster, aim, signal);
    const objects = aim.refs.map((ref, index) => held(ref, live[index] ?? never(), aim.paths));
    const unready = await aim.unready(cluster, aim.wanted(objects.map(({ fields }) => fields)), signal);
    if (unready !== undefined) throw new Unready(unready);
    return {
      connection: context.input.connection,
      what: aim.back(live),
      moved: aim.words(live),
      objects,
    } satisfies Captured;
  };
  return capturedSchema.parse(await context.capture(read));
}

function never(): never {
  throw new Error('an object that was read is missing');
}

async function change(context: StepContext<Switch>, signal: AbortSignal): Promise<StepResult> {
  const cluster = clusterNamed(context, context.input.connection);
  const aim = aimOf(context.input);
  const before = await captured(context, cluster, aim, signal);
  const wanted = aim.wanted(before.objects.map(({ fields }) => fields));
  for (const [index, object] of before.objects.entries()) {
    await moveOn(context, cluster, object, wanted[index] ?? {}, signal);
    context.tail(`${called(object.ref)} is switched`);
  }
  return { status: 'succeeded', ...said(before) };
}

function said({ moved, what }: Captured): { summary: string; output: Json } {
  return { summary: `Switched ${moved}`, output: { back: what } };
}

function failed(summary: string, retryable: boolean, detail?: string): StepResult {
  return { status: 'failed', summary, retryable, ...(detail === undefined ? {} : { detail }) };
}

/** In the opposite order of the change; what can't be put back doesn't keep the rest from it. */
async function restore(
  context: StepContext<Input>,
  before: Captured | null,
  signal: AbortSignal,
): Promise<StepResult> {
  if (before === null)
    return { status: 'succeeded', summary: 'Nothing had been switched, so nothing is restored' };
  const cluster = clusterNamed(context, before.connection);
  const troubles: unknown[] = [];
  for (const object of before.objects.toReversed()) {
    await putBack(context, cluster, object, signal).catch((error: unknown) => troubles.push(error));
    signal.throwIfAborted();
  }
  const [first] = troubles;
  if (first !== undefined) throw first;
  return { status: 'succeeded', summary: `Restored ${before.what}` };
}

async function run(context: StepContext<Input>, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  const { input: given } = context;
  try {
    if ('restore' in given) return await restore(context, given.restore, signal);
    return await change({ ...context, input: given }, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Unready) return failed(`Nothing was switched: ${error.message}`, true);
    if (error instanceof NotPossible) return failed(`Nothing was switched: ${error.message}`, false);
    if (error instanceof Drifted) return failed(error.message, false, whatNow);
    return refused(
      error,
      'The step changes one object after the other: look at what stands there, then retry.',
    );
  }
}

const whatNow =
  'It was left as it is. Look at what stands there now: put back what was, and retry; or roll back; or skip the step.';

async function observe(context: StepContext<Input>, signal: AbortSignal): Promise<Observation> {
  const { input: given } = context;
  if ('restore' in given) return restored(context, given.restore, signal);
  if (context.captured === undefined) return { effect: 'absent' };
  const before = capturedSchema.parse(context.captured);
  const aim = aimOf(given);
  const wanted = aim.wanted(before.objects.map(({ fields }) => fields));
  const live = await readAll(clusterNamed(context, given.connection), aim, signal);
  const there = wanted.every((fields, index) => stands(live[index], fields));
  if (!there) return { effect: 'absent' };
  return { effect: 'present', ...said(before) };
}

async function restored(
  context: StepContext<Input>,
  before: Captured | null,
  signal: AbortSignal,
): Promise<Observation> {
  if (before === null) return { effect: 'absent' };
  const cluster = clusterNamed(context, before.connection);
  const live = await Promise.all(before.objects.map(({ ref }) => present(cluster, ref, signal)));
  const there = before.objects.every(({ fields }, index) => stands(live[index], fields));
  return there ? { effect: 'present', summary: `Restored ${before.what}` } : { effect: 'absent' };
}

function stands(live: KubernetesObject | undefined, fields: Fields): boolean {
  return live !== undefined && sameFields(fieldsOf(live, Object.keys(fields)), fields);
}

/** What stands there for a plan; what a step before will make is taken for empty. At least one of them is there. */
async function standing(cluster: Cluster, { refs }: Aim) {
  const signal = AbortSignal.timeout(planTimeout);
  const found = await Promise.all(refs.map((ref) => cluster.read(ref, signal)));
  if (found.every((object) => object === undefined)) throw new Error('nothing of it is there');
  const missing = refs.filter((_, index) => found[index] === undefined).map(called);
  const live = refs.map(
    ({ apiVersion, kind, namespace, name }, index): KubernetesObject =>
      found[index] ?? { apiVersion, kind, metadata: { name, namespace }, spec: {} },
  );
  return { live, missing };
}

async function plan(context: PlanContext<Input>): Promise<PlanLine> {
  const { input: given } = context;
  if ('restore' in given) return { summary: `Restore ${given.restore?.what ?? 'nothing'}`, diff: [] };
  const aim = aimOf(given);
  try {
    const { live, missing } = await standing(planned(context, given.connection), aim);
    const before = live.map((object) => fieldsOf(object, aim.paths));
    const wanted = aim.wanted(before);
    const made = missing.length > 0 ? ` (${missing.join(', ')} is to be made before)` : '';
    return {
      summary: `Switch ${aim.words(live)}${made}`,
      diff: aim.refs.flatMap((ref, index) => lines(called(ref), before[index], wanted[index])),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { summary: `Switch ${aim.words([])} (what stands there is not read here: ${why})`, diff: [] };
  }
}

function lines(object: string, before: Fields = {}, after: Fields = {}) {
  return Object.keys(after)
    .filter((path) => !sameFields({ path: before[path] ?? null }, { path: after[path] ?? null }))
    .map(
      (path) =>
        hostLine(object, path, before[path], after[path]) ?? {
          what: `${object} ${path}`,
          before: shownValue(before[path] ?? 'none', 600),
          after: shownValue(after[path] ?? 'none', 600),
        },
    );
}

const hostsSchemas: Record<string, { what: string; schema: z.ZodType<string[]> }> = {
  'spec.rules': {
    what: 'hosts',
    schema: z.array(z.object({ host: z.string() })).transform((rules) => rules.map(({ host }) => host)),
  },
  'spec.tls': {
    what: 'hosts of the certificates',
    schema: z
      .array(z.object({ hosts: z.array(z.string()) }))
      .transform((tls) => tls.flatMap(({ hosts }) => hosts)),
  },
};

/** Hosts that come and go are told as hosts; rules that change otherwise are shown as they are. */
function hostLine(object: string, path: string, before: Json | undefined, after: Json | undefined) {
  const known = hostsSchemas[path];
  const [was, will] = [before, after].map((value) => known?.schema.safeParse(value ?? []));
  if (known === undefined || !was?.success || !will?.success) return undefined;
  const [old, now] = [was.data, will.data].map((hosts) => hosts.join(', ') || 'none');
  if (old === undefined || now === undefined || old === now) return undefined;
  return { what: `${object} ${known.what}`, before: shown(old, 600), after: shown(now, 600) };
}

/** Moves traffic at a Service's selector or at Ingress hosts, and restores exactly what stood there before. */
export const kubernetesSwitch: StepKind<Input> = {
  uses: 'kubernetes.switch',
  describe:
    'Moves traffic: a Service’s selector, the backend of Ingress hosts, or hosts from one Ingress to another.',
  input,
  effect: 'once',
  timeout: 60_000,
  plan,
  observe,
  run,
};
