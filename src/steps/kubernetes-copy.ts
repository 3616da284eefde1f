import { z } from 'zod';
import { shown } from '../core/step/shown.ts';
import type { Cluster } from '../ports/kubernetes.ts';
import type { Observation, PlanContext, PlanLine, StepContext, StepKind, StepResult } from '../ports/step.ts';
import { type Copied, type Copy, copyOne, isCopied, NotOurs } from './kubernetes/copies.ts';
import { called } from './kubernetes/moves.ts';
import { clusterNamed, connectionName, nameSchema, namespaceSchema, planned } from './kubernetes/place.ts';
import { refused } from './kubernetes/settle.ts';

const input = z
  .strictObject({
    connection: connectionName,
    toConnection: connectionName.optional().describe('Where the copies go; absent: the same cluster'),
    from: namespaceSchema,
    to: namespaceSchema,
    configMaps: z.array(nameSchema).max(100).default([]),
    secrets: z.array(nameSchema).max(100).default([]).describe('Their values are never shown'),
  })
  .refine(({ configMaps, secrets }) => configMaps.length + secrets.length > 0, {
    message: 'give `configMaps` or `secrets`',
  })
  .refine(({ from, to, toConnection }) => from !== to || toConnection !== undefined, {
    message: '`from` and `to` are the same namespace',
  });
type Input = z.infer<typeof input>;

const planTimeout = 3_000;

function copiesOf({ from, to, configMaps, secrets }: Input, source: Cluster, target: Cluster): Copy[] {
  const all = [
    ...configMaps.map((name) => ({ kind: 'ConfigMap', name })),
    ...secrets.map((name) => ({ kind: 'Secret', name })),
  ];
  return all.map(({ kind, name }) => ({
    from: { cluster: source, ref: { apiVersion: 'v1', kind, namespace: from, name } },
    to: { cluster: target, ref: { apiVersion: 'v1', kind, namespace: to, name } },
  }));
}

function copies(context: StepContext<Input>): Copy[] {
  const { connection, toConnection = connection } = context.input;
  return copiesOf(context.input, clusterNamed(context, connection), clusterNamed(context, toConnection));
}

function said({ from, to, configMaps, secrets }: Input, how: readonly Copied[]) {
  const many = (copied: Copied) => how.filter((one) => one === copied).length;
  const summary = `${how.length} of ${how.length} are equal in ${from} and ${to}: ${many('made')} made, ${many('renewed')} renewed, ${many('same')} as they were`;
  return { summary, output: { configMaps, secrets } };
}

async function run(context: StepContext<Input>, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  const how: Copied[] = [];
  try {
    for (const copy of copies(context)) {
      const copied = await copyOne(context, copy, signal);
      how.push(copied);
      context.tail(`${called(copy.to.ref)}: ${copied}`);
    }
    return { status: 'succeeded', ...said(context.input, how) };
  } catch (error) {
    signal.throwIfAborted();
    const detail = `${how.length} were copied before it.`;
    if (error instanceof NotOurs)
      return { status: 'failed', summary: error.message, detail, retryable: false };
    return refused(error, detail);
  }
}

async function observe(context: StepContext<Input>, signal: AbortSignal): Promise<Observation> {
  const equal = await Promise.all(copies(context).map((copy) => isCopied(copy, signal)));
  if (!equal.every(Boolean)) return { effect: 'absent' };
  return {
    effect: 'present',
    ...said(
      context.input,
      equal.map(() => 'same'),
    ),
  };
}

/** By name only: a plan reads no value. */
async function plan(context: PlanContext<Input>): Promise<PlanLine> {
  const { input: given } = context;
  const names = [...given.configMaps, ...given.secrets].join(', ');
  const summary = shown(`Copy ${names} from ${given.from} to ${given.to}`, 300);
  try {
    const target = planned(context, given.toConnection ?? given.connection);
    const signal = AbortSignal.timeout(planTimeout);
    const refs = copiesOf(given, target, target).map(({ to }) => to.ref);
    const there = await Promise.all(refs.map((ref) => target.describe(ref, signal)));
    const diff = refs.map((ref, index) => ({
      what: called(ref),
      before: there[index] === undefined ? 'none' : 'there',
      after: `as in ${given.from}`,
    }));
    return { summary, diff, stays: true };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { summary: shown(`${summary} (what stands there is not read here: ${why})`, 400), diff: [] };
  }
}

/** Makes ConfigMaps and Secrets of one namespace equal to those of another; values are compared, never shown. */
export const kubernetesCopy: StepKind<Input> = {
  uses: 'kubernetes.copy',
  describe: 'Copies ConfigMaps and named Secrets between namespaces, compares them, and shows no value.',
  input,
  effect: 'once',
  timeout: 120_000,
  plan,
  observe,
  run,
};
