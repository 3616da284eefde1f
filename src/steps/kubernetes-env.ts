import { z } from 'zod';
import { shown } from '../core/step/shown.ts';
import type { Cluster, KubernetesObject } from '../ports/kubernetes.ts';
import type { Observation, StepContext, StepKind, StepResult } from '../ports/step.ts';
import { applyOne } from './kubernetes/applied.ts';
import {
  clusterOf,
  connectionName,
  labelsSchema,
  nameSchema,
  namespaceSchema,
  selectorOf,
} from './kubernetes/place.ts';
import { refused } from './kubernetes/settle.ts';
import { inWords, type Lack, lacksOf, ownedBy, type Wanted } from './kubernetes/variables.ts';
import { apiOf } from './kubernetes/workloads.ts';

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of a variable');
const kinds = ['Deployment', 'StatefulSet'] as const;
const input = z
  .strictObject({
    connection: connectionName,
    namespace: namespaceSchema,
    kinds: z.array(z.enum(kinds)).min(1).default(['Deployment', 'StatefulSet']),
    selector: labelsSchema.default({}).describe('Only workloads with all of these labels'),
    containers: z.array(nameSchema).default([]).describe('Absent: every container'),
    variables: z
      .union([z.array(variable).min(1), z.record(variable, z.string())])
      .describe('Names, or names with the values that they have to have'),
    set: z.boolean().default(false).describe('Set what is missing; needs values'),
  })
  .refine(({ set, variables }) => !set || !Array.isArray(variables), {
    message: 'to `set` variables, give their values',
  });
type Input = z.infer<typeof input>;

function wantedOf({ variables }: Input): Wanted {
  if (Array.isArray(variables)) return new Map(variables.map((name) => [name, undefined]));
  return new Map(Object.entries(variables));
}

interface Found {
  workload: KubernetesObject;
  lacks: Lack[];
}

async function find(cluster: Cluster, given: Input, signal: AbortSignal): Promise<Found[]> {
  const labels = selectorOf(given.selector);
  const lists = given.kinds.map((kind) =>
    cluster.list(
      { apiVersion: apiOf[kind], kind, namespace: given.namespace, ...(labels === '' ? {} : { labels }) },
      signal,
    ),
  );
  const workloads = (await Promise.all(lists)).flat();
  const wanted = wantedOf(given);
  return Promise.all(
    workloads.map(async (workload) => ({
      workload,
      lacks: await lacksOf(cluster, workload, wanted, given.containers, signal),
    })),
  );
}

/**
 * What is missing, and what this step set before: an apply takes away what it leaves out. Nothing else stands in it,
 * so that nothing else becomes ours.
 */
function settingOf({ workload, lacks }: Found, wanted: Wanted, manager: string): KubernetesObject {
  const { name, namespace = '' } = workload.metadata;
  const containers = [...Map.groupBy(lacks, ({ container }) => container)].map(([container, some]) => {
    const owned = ownedBy(manager, workload, container).filter((variable) => wanted.has(variable));
    const variables = new Set([...owned, ...some.map((lack) => lack.variable)]);
    return {
      name: container,
      env: [...variables].map((one) => ({ name: one, value: wanted.get(one) ?? '' })),
    };
  });
  const { apiVersion, kind } = workload;
  return { apiVersion, kind, metadata: { name, namespace }, spec: { template: { spec: { containers } } } };
}

function complete(
  found: readonly Found[],
  given: Input,
  how: string,
): { summary: string; output: { workloads: string[] } } {
  const names = [...wantedOf(given).keys()].join(', ');
  const workloads = found.map(({ workload }) => workload.metadata.name);
  return {
    summary: shown(`${names} ${how} ${found.length} of ${found.length} workloads in ${given.namespace}`, 300),
    output: { workloads },
  };
}

function told(found: readonly Found[]): string[] {
  return found
    .filter(({ lacks }) => lacks.length > 0)
    .map(({ workload, lacks }) => inWords(workload.metadata.name, lacks));
}

async function run(context: StepContext<Input>, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  const { input: given } = context;
  try {
    const cluster = clusterOf(context);
    const found = await find(cluster, given, signal);
    if (found.length === 0)
      return {
        status: 'failed',
        summary: `There are no ${given.kinds.join('s or ')}s to look at in ${given.namespace}`,
        retryable: true,
      };
    const lines = told(found);
    if (lines.length === 0) return { status: 'succeeded', ...complete(found, given, 'stand on') };
    if (!given.set) return lacking(lines, found.length, given);
    const part = `env-${context.step.id}`;
    for (const one of found.filter(({ lacks }) => lacks.length > 0)) {
      await applyOne(context, cluster, settingOf(one, wantedOf(given), `cutover-${part}`), signal, part);
      context.tail(`${one.workload.metadata.name}: set`);
    }
    return {
      status: 'succeeded',
      ...complete(found, given, `are set where they were missing, and stand on`),
    };
  } catch (error) {
    signal.throwIfAborted();
    return refused(error, 'Workloads are set one after the other: those before this one are.');
  }
}

function lacking(lines: readonly string[], of: number, { namespace }: Input): StepResult {
  const summary = shown(
    `${lines.length} of ${of} workloads in ${namespace} lack variables: ${lines.join('; ')}`,
    400,
  );
  return {
    status: 'failed',
    summary,
    detail: lines.join('\n'),
    output: { lacking: [...lines] },
    retryable: true,
  };
}

async function observe(context: StepContext<Input>, signal: AbortSignal): Promise<Observation> {
  const { input: given } = context;
  if (!given.set) return { effect: 'absent' };
  const found = await find(clusterOf(context), given, signal);
  if (found.length === 0 || told(found).length > 0) return { effect: 'absent' };
  return { effect: 'present', ...complete(found, given, 'stand on') };
}

/** Whether workloads have the variables that observability needs; sets those that are missing where it is asked to. */
export const kubernetesEnv: StepKind<Input> = {
  uses: 'kubernetes.env',
  describe:
    'Checks that environment variables stand on every workload, says what is missing where, and may set it.',
  input,
  effect: 'once',
  timeout: 120_000,
  async plan({ input: given }) {
    const names = [...wantedOf(given).keys()].join(', ');
    const verb = given.set ? 'Set, where it is missing,' : 'Check';
    return { summary: shown(`${verb} ${names} on every workload in ${given.namespace}`, 300), diff: [] };
  },
  observe,
  run,
};
