import { z } from 'zod';
import { listed } from '../../core/step/shown.ts';
import type { Cluster, KubernetesObject } from '../../ports/kubernetes.ts';
import type { Fields } from './fields.ts';
import { addressed, addressesOf, ingressPaths, servicesOf, withBackend, withHostsMoved } from './ingress.ts';
import type { Held } from './moves.ts';
import { connectionName, labelsSchema, nameSchema, namespaceSchema, selectorOf } from './place.ts';
import { isReadyPod } from './pods.ts';

const host = z
  .string()
  .max(253)
  .regex(/^(\*\.)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'a host name in lower case');
const hosts = z.array(host).min(1).max(100);

const serviceSwitch = z.strictObject({
  connection: connectionName,
  namespace: namespaceSchema,
  service: nameSchema.describe('The Service whose selector is changed'),
  selector: labelsSchema
    .refine((labels) => Object.keys(labels).length > 0, { message: 'at least one label' })
    .describe('The whole selector from then on'),
  minReady: z
    .int()
    .min(0)
    .default(1)
    .describe('Pods that have to match and be ready, else nothing is changed'),
});

const backendSwitch = z.strictObject({
  connection: connectionName,
  namespace: namespaceSchema,
  ingress: nameSchema,
  hosts,
  backend: z.strictObject({
    service: nameSchema.describe('The Service that all paths of the hosts lead to'),
    port: z
      .union([z.int().min(1).max(65_535), z.string().min(1)])
      .optional()
      .describe('Absent: as it is'),
  }),
});

const side = z.strictObject({ namespace: namespaceSchema, ingress: nameSchema });
const hostSwitch = z.strictObject({
  connection: connectionName,
  hosts,
  from: side,
  to: side,
  like: z
    .record(host, host)
    .default({})
    .describe(
      'For a host: one that the new Ingress serves already, whose paths it gets; else it keeps its own',
    ),
  tlsSecret: nameSchema.optional().describe('The certificate at the new Ingress; absent: the name as before'),
  first: z
    .enum(['add', 'remove'])
    .default('add')
    .describe(
      '`remove` where the controller refuses one host in two Ingresses; clients then meet a short gap',
    ),
});

export const switchSchema = z.union([serviceSwitch, backendSwitch, hostSwitch]);
export type Switch = z.infer<typeof switchSchema>;

/** What a switch changes: objects in the order of their change, what they become, and how people call it. */
export interface Aim {
  refs: Held['ref'][];
  paths: readonly string[];
  /** What the fields become, from what was captured of them. Throws `NotPossible`. */
  wanted(before: readonly Fields[]): Fields[];
  /** What has to be true before anything is changed; a sentence when it isn't. */
  unready(cluster: Cluster, wanted: readonly Fields[], signal: AbortSignal): Promise<string | undefined>;
  /** `api, app: aether-blue/web (10.2.0.7) → aether-green/web (10.2.0.9)`. */
  words(live: readonly KubernetesObject[]): string;
  /** What a rollback restores. */
  back(live: readonly KubernetesObject[]): string;
}

export function aimOf(input: Switch): Aim {
  if ('service' in input) return serviceAim(input);
  return 'backend' in input ? backendAim(input) : hostAim(input);
}

function ingressRef(namespace: string, name: string): Held['ref'] {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace, name };
}

function serviceAim({ namespace, service, selector, minReady }: z.infer<typeof serviceSwitch>): Aim {
  const was = (live: readonly KubernetesObject[]) => labelsIn(live[0]);
  return {
    refs: [{ apiVersion: 'v1', kind: 'Service', namespace, name: service }],
    paths: ['spec.selector'],
    wanted: () => [{ 'spec.selector': selector }],
    async unready(cluster, _wanted, signal) {
      if (minReady === 0) return undefined;
      const selection = { apiVersion: 'v1', kind: 'Pod', namespace, labels: selectorOf(selector) };
      const ready = (await cluster.list(selection, signal)).filter(isReadyPod).length;
      if (ready >= minReady) return undefined;
      return `${ready} of at least ${minReady} pods with ${selectorOf(selector)} in ${namespace} are ready`;
    },
    words: (live) => `Service ${namespace}/${service}: ${was(live)} → ${selectorOf(selector)}`,
    back: (live) => `Service ${service} → ${was(live)}`,
  };
}

function labelsIn(service: KubernetesObject | undefined): string {
  const spec = z.object({ selector: z.record(z.string(), z.string()).optional() }).safeParse(service?.spec);
  const selector = spec.data?.selector ?? {};
  return Object.keys(selector).length === 0 ? 'no selector' : selectorOf(selector);
}

function backendAim({ namespace, ingress, hosts: names, backend }: z.infer<typeof backendSwitch>): Aim {
  const called = `Ingress ${namespace}/${ingress}`;
  const before = (live: readonly KubernetesObject[]) => {
    const rules = live[0]?.spec as { rules?: unknown } | undefined;
    return listed(servicesOf({ 'spec.rules': (rules?.rules ?? null) as never }, names));
  };
  return {
    refs: [ingressRef(namespace, ingress)],
    paths: ingressPaths,
    wanted: ([fields = {}]) => [withBackend(fields, names, backend, called)],
    unready: (cluster, _wanted, signal) => missingServices(cluster, namespace, [backend.service], signal),
    words: (live) => `${names.join(', ')}: ${before(live)} → ${backend.service} in ${called}`,
    back: (live) => `hosts ${names.join(', ')} → ${before(live)}`,
  };
}

/** The Ingress that gains comes first, unless it is asked for otherwise. */
function hostAim({ hosts: names, from, to, like, tlsSecret, first }: z.infer<typeof hostSwitch>): Aim {
  const refs = [ingressRef(to.namespace, to.ingress), ingressRef(from.namespace, from.ingress)];
  const inOrder = <T>(pair: T[]): T[] => (first === 'add' ? pair : pair.toReversed());
  const name = ({ namespace, ingress }: z.infer<typeof side>) => `${namespace}/${ingress}`;
  const place = (of: z.infer<typeof side>, live: readonly KubernetesObject[]) => {
    const found = live.find(
      ({ metadata }) => metadata.namespace === of.namespace && metadata.name === of.ingress,
    );
    return addressed(name(of), found === undefined ? [] : addressesOf(found));
  };
  return {
    refs: inOrder(refs),
    paths: ingressPaths,
    wanted(before) {
      const [theirs = {}, ours = {}] = inOrder([...before]);
      const sides = [
        { fields: ours, called: `Ingress ${name(from)}` },
        { fields: theirs, called: `Ingress ${name(to)}` },
      ] as const;
      const moved = withHostsMoved(...sides, { hosts: names, like, tlsSecret });
      return inOrder([moved.to, moved.from]);
    },
    unready(cluster, wanted, signal) {
      const [gained = {}] = inOrder([...wanted]);
      return missingServices(cluster, to.namespace, servicesOf(gained, names), signal);
    },
    words: (live) => `${names.join(', ')}: ${place(from, live)} → ${place(to, live)}`,
    back: (live) => `hosts ${names.join(', ')} → ${place(from, live)}`,
  };
}

async function missingServices(
  cluster: Cluster,
  namespace: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const ref = (name: string) => ({ apiVersion: 'v1', kind: 'Service', namespace, name });
  const found = await Promise.all(names.map((name) => cluster.describe(ref(name), signal)));
  const missing = names.filter((_, index) => found[index] === undefined);
  return missing.length === 0 ? undefined : `there is no Service ${listed(missing, 'or')} in ${namespace}`;
}
