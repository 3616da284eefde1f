import { z } from 'zod';
import { type Cluster, KubernetesError } from '../ports/kubernetes.ts';
import type { StepContext, StepKind } from '../ports/step.ts';
import { keysOf } from './kubernetes/keys.ts';
import { clusterOf, connectionName, nameSchema, namespaceSchema } from './kubernetes/place.ts';
import { type Finding, paceFields, poll } from './waiting/poll.ts';

const key = z.string().regex(/^[-._a-zA-Z0-9]{1,253}$/, 'the name of a key');
const input = z.strictObject({
  connection: connectionName,
  namespace: namespaceSchema,
  secrets: z
    .record(nameSchema, z.array(key).max(200))
    .refine((secrets) => Object.keys(secrets).length > 0, { message: 'at least one secret' })
    .describe('For each Secret the keys that it has to have, not empty; none: it has to be there'),
  ...paceFields,
});
type Input = z.infer<typeof input>;

/** What a Secret lacks, in words. Where only its name is asked for, its values never leave the server. */
async function lackOf(
  cluster: Cluster,
  namespace: string,
  [name, wanted]: [string, string[]],
  signal: AbortSignal,
): Promise<string | undefined> {
  const ref = { kind: 'Secret', namespace, name } as const;
  if (wanted.length === 0) {
    const there = await cluster.describe({ apiVersion: 'v1', ...ref }, signal);
    return there === undefined ? `${name} is not there` : undefined;
  }
  const keys = await keysOf(cluster, ref, signal);
  if (keys === undefined) return `${name} is not there`;
  const empty = wanted.filter((one) => keys.empty.includes(one));
  const missing = wanted.filter((one) => !keys.filled.includes(one) && !keys.empty.includes(one));
  const lacks = missing.length === 0 ? [] : [`${name} lacks ${missing.join(', ')}`];
  const blank = empty.length === 0 ? [] : [`${empty.join(', ')} of ${name} is empty`];
  return [...lacks, ...blank].join(' and ') || undefined;
}

async function look(context: StepContext<Input>, signal: AbortSignal): Promise<Finding> {
  const { namespace, secrets } = context.input;
  const cluster = clusterOf(context);
  const wanted = Object.entries(secrets);
  const lacks = await Promise.all(wanted.map((one) => lackOf(cluster, namespace, one, signal)));
  const told = lacks.filter((lack) => lack !== undefined);
  const saw = `${wanted.length - told.length} of ${wanted.length} secrets in ${namespace}`;
  const present = wanted.filter((_, index) => lacks[index] === undefined).map(([name]) => name);
  if (told.length === 0) return { met: true, saw, output: { present } };
  return { met: false, saw: `${saw}: ${told.join('; ')}`, output: { present } };
}

/** Whether Secrets and their keys are there. Names alone are told, kept and compared. */
export const kubernetesSecrets: StepKind<Input> = {
  uses: 'kubernetes.secrets',
  describe: 'Checks that Secrets and their keys are there, by name; no value is kept or shown.',
  input,
  effect: 'none',
  timeout: 120_000,
  async plan({ input: { namespace, secrets } }) {
    return { summary: `Check that ${Object.keys(secrets).join(', ')} are in ${namespace}`, diff: [] };
  },
  async run(context, signal) {
    signal.throwIfAborted();
    return poll(context, `Secrets in ${context.input.namespace}`, () =>
      look(context, signal).catch((error: unknown): Finding => {
        if (!(error instanceof KubernetesError)) throw error;
        const final = error.reason === 'forbidden' || error.reason === 'invalid';
        return { met: false, saw: error.message, final };
      }),
    );
  },
};
