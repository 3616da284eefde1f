import { z } from 'zod';
import type { Cluster, KubernetesObject } from '../ports/kubernetes.ts';
import { KubernetesError } from '../ports/kubernetes.ts';
import type { StepContext, StepKind } from '../ports/step.ts';
import { type Followed, follow } from './kubernetes/followed.ts';
import {
  clusterOf,
  connectionName,
  labelsSchema,
  nameSchema,
  namespaceSchema,
  selectorOf,
} from './kubernetes/place.ts';
import {
  apiOf,
  type Progress,
  progressOf,
  tally,
  type WorkloadKind,
  whyWaiting,
  workloadKinds,
} from './kubernetes/workloads.ts';
import { type Finding, paceFields, poll } from './waiting/poll.ts';

const input = z.strictObject({
  connection: connectionName,
  namespace: namespaceSchema,
  kinds: z.array(z.enum(workloadKinds)).min(1).default(['Deployment', 'StatefulSet']),
  selector: labelsSchema.default({}).describe('Only those with all of these labels'),
  names: z
    .array(nameSchema)
    .max(200)
    .default([])
    .describe('Those that have to be there; absent: at least one'),
  ...paceFields,
});
type Input = z.infer<typeof input>;

/** Milliseconds for which one look follows the changes. */
const oneLook = 8_000;

/** So many of those that aren't ready are told in words. */
const mostTold = 4;

function wantedOf(now: Followed, { names }: Input): KubernetesObject[] {
  return now.filter(({ metadata }) => names.length === 0 || names.includes(metadata.name));
}

function missing(now: Followed, { names }: Input): string[] {
  return names.filter((name) => !now.some(({ metadata }) => metadata.name === name));
}

async function look(context: StepContext<Input>, signal: AbortSignal): Promise<Finding> {
  const { input: given, tail } = context;
  const cluster = clusterOf(context);
  const labels = selectorOf(given.selector);
  const selections = given.kinds.map((kind: WorkloadKind) => ({
    ...{ apiVersion: apiOf[kind], kind, namespace: given.namespace },
    ...(labels === '' ? {} : { labels }),
  }));
  let told = '';
  const enough = (now: Followed): boolean => {
    const all = wantedOf(now, given).map(progressOf);
    const line = all.map(({ name, ready, wanted }) => `${name} ${ready}/${wanted}`).join(' · ');
    if (line !== told && line !== '') tail(line);
    told = line;
    const over = all.length > 0 && all.every(({ done }) => done) && missing(now, given).length === 0;
    return given.within === undefined || over || all.some(({ failed }) => failed !== undefined);
  };
  const now = await follow(cluster, selections, enough, { milliseconds: oneLook, signal });
  return found(cluster, given, now, signal);
}

async function found(cluster: Cluster, given: Input, now: Followed, signal: AbortSignal): Promise<Finding> {
  const workloads = wantedOf(now, given);
  const all = workloads.map(progressOf);
  const absent = missing(now, given);
  const output = { workloads: all.map(({ kind, name, ready, wanted }) => ({ kind, name, ready, wanted })) };
  if (all.length === 0 || absent.length > 0) return { met: false, saw: noneOf(given, absent), output };
  const slow = workloads.filter((_, index) => all[index]?.done === false);
  if (slow.length === 0) return { met: true, saw: tally(all), output };
  const told = slow.slice(0, mostTold).map((workload) => inWords(cluster, workload, signal));
  const more = slow.length > mostTold ? [`and ${slow.length - mostTold} more`] : [];
  const saw = `${tally(all)}; ${[...(await Promise.all(told)), ...more].join('; ')}`;
  return { met: false, saw, output, final: all.some(({ failed }) => failed !== undefined) };
}

function noneOf({ kinds, namespace, selector }: Input, absent: readonly string[]): string {
  if (absent.length > 0) return `${absent.join(', ')} not there in ${namespace}`;
  const labels = selectorOf(selector);
  return `no ${kinds.join(' or ')}${labels === '' ? '' : ` with ${labels}`} in ${namespace}`;
}

async function inWords(cluster: Cluster, workload: KubernetesObject, signal: AbortSignal): Promise<string> {
  const { name, ready, wanted, failed }: Progress = progressOf(workload);
  const why = await whyWaiting(cluster, workload, signal).catch((error: unknown) => {
    if (error instanceof KubernetesError) return error.message;
    throw error;
  });
  const waits = `${name} waits for ${wanted - ready} of ${wanted} pods`;
  return [waits, ...[failed, why].filter((part) => part !== undefined)].join(': ');
}

/** Waits until workloads are as ready as `kubectl rollout status` wants them, and says what keeps the others. */
export const kubernetesReady: StepKind<Input> = {
  uses: 'kubernetes.ready',
  describe: 'Waits until Deployments, StatefulSets or Jobs are ready, and says what the others wait for.',
  input,
  effect: 'none',
  async plan({ input: { namespace, kinds, selector, names } }) {
    const labels = selectorOf(selector);
    const which =
      names.length > 0
        ? names.join(', ')
        : `${kinds.join('s and ')}s${labels === '' ? '' : ` with ${labels}`}`;
    return { summary: `Wait until ${which} in ${namespace} are ready`, diff: [] };
  },
  async run(context, signal) {
    signal.throwIfAborted();
    return poll(context, `Ready in ${context.input.namespace}`, () =>
      look(context, signal).catch((error: unknown): Finding => {
        if (!(error instanceof KubernetesError)) throw error;
        const final = error.reason === 'forbidden' || error.reason === 'invalid';
        return { met: false, saw: error.message, final };
      }),
    );
  },
};
