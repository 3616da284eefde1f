import { z } from 'zod';
import { sha256 } from '../../core/json.ts';
import { milliseconds } from '../../core/playbook/duration.ts';
import { documentsIn } from '../../core/yaml.ts';
import type { KubernetesObject } from '../../ports/kubernetes.ts';
import type { PlanContext, StepContext } from '../../ports/step.ts';
import { mark, marksOf, ownLabels } from '../kubernetes/marks.ts';
import type { JobInput } from './input.ts';

const largest = 256 * 1024;

const containerSchema = z.looseObject({
  name: z.string(),
  env: z.array(z.looseObject({ name: z.string() })).optional(),
});
const templateSchema = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).optional() }).optional(),
  spec: z.looseObject({ containers: z.array(containerSchema).min(1) }),
});
type Template = z.infer<typeof templateSchema>;

const documentSchema = z.union([
  z
    .looseObject({ kind: z.literal('Job'), spec: z.looseObject({ template: templateSchema }) })
    .transform(({ spec }) => spec.template),
  z
    .looseObject({ kind: z.literal('PodTemplate'), template: templateSchema })
    .transform(({ template }) => template),
]);

/** What a step runs: its own template, else the file's, else one container around the image. Throws a sentence. */
export async function templateOf(
  { input, world }: Pick<PlanContext<JobInput>, 'input' | 'world'>,
  signal: AbortSignal,
): Promise<Template> {
  if (input.template !== undefined) return understood(templateSchema.safeParse(input.template), 'template');
  if (input.file === undefined) return { spec: { containers: [{ name: 'job' }] } };
  const text = new TextDecoder().decode(await world.files.read(input.file, largest, signal));
  return understood(documentSchema.safeParse(documentsIn(text)[0]), input.file);
}

function understood(parsed: z.ZodSafeParseResult<Template>, what: string): Template {
  if (parsed.success) return parsed.data;
  throw new Error(`${what} holds no pod template: it should be a Job or a PodTemplate with containers`);
}

type Named = Pick<StepContext<unknown>, 'rollout' | 'step'>;

/** One name for each attempt, so that a repetition finds the first; at most 63 characters, as pods carry it as a label. */
export function jobName({ rollout, step }: Named): string {
  const name = `${rollout.id}-${step.id}-${step.attempt}`;
  if (name.length <= 63) return name;
  const hash = sha256(name).slice('sha256:'.length, 'sha256:'.length + 8);
  return `${name.slice(0, 54).replace(/-+$/, '')}-${hash}`;
}

/** What finds the Jobs of every attempt of a step. */
export function attemptsOf(context: StepContext<unknown>): string {
  const labels = { ...ownLabels(context), [mark.step]: stepLabel(context) };
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

function stepLabel({ step }: Named): string {
  return step.id.slice(0, 63).replace(/-+$/, '');
}

/** The Job of this attempt. It is never begun anew unless the playbook says so, and never vanishes by itself. */
export function jobObject(context: StepContext<JobInput>, template: Template): KubernetesObject {
  const { input } = context;
  const labels = { ...ownLabels(context), [mark.step]: stepLabel(context) };
  const metadata = { ...template.metadata, labels: { ...template.metadata?.labels, ...labels } };
  const spec = { restartPolicy: 'Never', ...template.spec, containers: containersOf(input, template) };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: jobName(context), namespace: input.namespace, labels, annotations: marksOf(context) },
    spec: {
      backoffLimit: input.retries,
      activeDeadlineSeconds: Math.ceil(milliseconds(input.deadline) / 1_000),
      template: {
        metadata,
        spec:
          input.serviceAccount === undefined ? spec : { ...spec, serviceAccountName: input.serviceAccount },
      },
    },
  };
}

function containersOf({ image, command, args, env }: JobInput, { spec }: Template) {
  const [first, ...others] = spec.containers;
  if (first === undefined) return [];
  const given = Object.entries(env).map(([name, value]) => ({ name, value }));
  const kept = (first.env ?? []).filter(({ name }) => !Object.hasOwn(env, name));
  const changes = Object.fromEntries(
    Object.entries({ image, command, args }).filter(([, value]) => value !== undefined),
  );
  const all = [...kept, ...given];
  return [{ ...first, ...changes, ...(all.length === 0 ? {} : { env: all }) }, ...others];
}
