import { z } from 'zod';
import type { Cluster, KubernetesObject } from '../../ports/kubernetes.ts';
import { keysOf } from './keys.ts';

const sourceSchema = z.object({ name: z.string() }).optional();
const containerSchema = z.object({
  name: z.string(),
  env: z
    .array(z.object({ name: z.string(), value: z.string().optional(), valueFrom: z.unknown().optional() }))
    .default([]),
  envFrom: z
    .array(z.object({ prefix: z.string().default(''), configMapRef: sourceSchema, secretRef: sourceSchema }))
    .default([]),
});
type Container = z.infer<typeof containerSchema>;
const templateSchema = z.object({
  template: z.object({ spec: z.object({ containers: z.array(containerSchema) }) }),
});

/** A variable that a container hasn't, or has with another value. */
export interface Lack {
  container: string;
  variable: string;
  how: 'missing' | 'different';
}

/** For each variable its value; undefined: any. */
export type Wanted = ReadonlyMap<string, string | undefined>;

/** What the containers of a workload lack. What they take from ConfigMaps and Secrets counts by its name. */
export async function lacksOf(
  cluster: Cluster,
  workload: KubernetesObject,
  wanted: Wanted,
  only: readonly string[],
  signal: AbortSignal,
): Promise<Lack[]> {
  const { containers } = templateSchema.parse(workload.spec).template.spec;
  const { namespace = '' } = workload.metadata;
  const asked = containers.filter(({ name }) => only.length === 0 || only.includes(name));
  const found = asked.map(async (container) => {
    const open = [...wanted].map(([variable, value]) => ({
      variable,
      how: stateOf(container, variable, value),
    }));
    const missing = open.some(({ how }) => how === 'missing');
    const taken = missing ? await takenFrom(cluster, namespace, container, signal) : new Set<string>();
    return open
      .filter(({ variable, how }) => how === 'different' || (how === 'missing' && !taken.has(variable)))
      .map(({ variable, how }) => ({ container: container.name, variable, how }) as Lack);
  });
  return (await Promise.all(found)).flat();
}

function stateOf({ env }: Container, variable: string, value: string | undefined): Lack['how'] | 'there' {
  const entry = env.find(({ name }) => name === variable);
  if (entry === undefined) return 'missing';
  if (entry.valueFrom !== undefined || value === undefined) return 'there';
  return entry.value === value ? 'there' : 'different';
}

async function takenFrom(
  cluster: Cluster,
  namespace: string,
  { envFrom }: Container,
  signal: AbortSignal,
): Promise<Set<string>> {
  const names = envFrom.map(async ({ prefix, configMapRef, secretRef }) => {
    const name = configMapRef?.name ?? secretRef?.name;
    if (name === undefined) return [];
    const kind = configMapRef === undefined ? 'Secret' : 'ConfigMap';
    const keys = await keysOf(cluster, { kind, namespace, name }, signal);
    return [...(keys?.filled ?? []), ...(keys?.empty ?? [])].map((key) => `${prefix}${key}`);
  });
  return new Set((await Promise.all(names)).flat());
}

type Tree = { [field: string]: unknown };

/** The variables of a container that this manager set by apply, as the API server keeps account of it. */
export function ownedBy(manager: string, workload: KubernetesObject, container: string): string[] {
  const entries = (workload.metadata.managedFields ?? []) as {
    manager?: string;
    operation?: string;
    fieldsV1?: Tree;
  }[];
  const ours = entries.find((entry) => entry.manager === manager && entry.operation === 'Apply')?.fieldsV1;
  const way = ['spec', 'template', 'spec', 'containers'].map((field) => `f:${field}`);
  const path = [...way, `k:${JSON.stringify({ name: container })}`, 'f:env'];
  const env = path.reduce<unknown>((tree, field) => (tree as Tree | undefined)?.[field], ours) ?? {};
  const names = Object.keys(env as Tree).map((key) => /^k:\{"name":"(.+)"\}$/.exec(key)?.[1]);
  return names.filter((name) => name !== undefined);
}

/** `trader lacks A, B; its OTEL is another`: one line a workload. */
export function inWords(name: string, lacks: readonly Lack[]): string {
  const byContainer = Map.groupBy(lacks, ({ container }) => container);
  const parts = [...byContainer].map(([container, some]) => {
    const of = (how: Lack['how']) => some.filter((lack) => lack.how === how).map(({ variable }) => variable);
    const missing = of('missing').length === 0 ? [] : [`lacks ${of('missing').join(', ')}`];
    const different = of('different').length === 0 ? [] : [`has another ${of('different').join(', ')}`];
    return `${name}${container === name ? '' : `/${container}`} ${[...missing, ...different].join(' and ')}`;
  });
  return parts.join('; ');
}
