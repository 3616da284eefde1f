import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import {
  CoreV1Api,
  type KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  type V1PodStatus,
} from '@kubernetes/client-node';
import { generate } from 'selfsigned';
import type { Cluster, KubernetesObject } from '../../src/ports/kubernetes.ts';
import { type ContainerState, podSchema, statusOf } from './pod-status.ts';

/** What becomes of a pod. `log` is what its first container prints. */
export type Fate = ContainerState & { log?: readonly string[] };

/** Plays the one node of a control plane without any: schedules pods on it, and says what becomes of them. */
export interface Kubelet {
  /** Looks at every pod again: their fates may be others by now. */
  look(): Promise<void>;
  /** Throws where it could not go on. */
  stop(): Promise<void>;
}

/** The node that is played. */
export const node = 'cutover-played-node';

/** A control plane without nodes, as its administrator. */
export interface ControlPlane {
  admin: Cluster;
  config: KubeConfig;
}

const usual = (pod: KubernetesObject): Fate =>
  pod.metadata.ownerReferences?.some(({ kind }) => kind === 'Job')
    ? { is: 'ended', code: 0 }
    : { is: 'ready' };

/**
 * Starts a kubelet that binds every pod to its node, patches its status as `fateOf` says, removes what is being
 * deleted, and serves logs. Nothing else: Deployments and Jobs are the real controllers' to judge. With `namespaces` it
 * leaves the pods of all others alone.
 */
export async function startKubelet(
  { admin, config }: ControlPlane,
  fateOf: (pod: KubernetesObject) => Fate = usual,
  namespaces?: readonly string[],
): Promise<Kubelet> {
  const core = config.makeApiClient(CoreV1Api);
  const stopping = new AbortController();
  const pods = new Map<string, KubernetesObject>();
  const logs = await serveLogs((path) => {
    const pod = pods.get(path);
    return pod ? (fateOf(pod).log ?? []) : [];
  });
  await join(core, logs.port);
  let queue: Promise<unknown> = Promise.resolve();
  const treat = (pod: KubernetesObject): Promise<unknown> => {
    queue = queue.then(() => carryOut(core, pod, fateOf(pod))).catch(unlessGone);
    return queue;
  };
  const seen = (async () => {
    for await (const event of admin.watch({ apiVersion: 'v1', kind: 'Pod' }, stopping.signal)) {
      const objects = event.type === 'listed' ? event.objects : [event.object];
      for (const pod of objects) {
        if (namespaces?.includes(pod.metadata.namespace ?? '') === false) continue;
        if (event.type === 'removed') pods.delete(keyOf(pod));
        else {
          pods.set(keyOf(pod), pod);
          await treat(pod);
        }
      }
    }
  })().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });
  seen.catch(() => undefined);
  return {
    async look() {
      for (const pod of pods.values()) await treat(pod);
    },
    async stop() {
      stopping.abort(new Error('the kubelet was stopped'));
      await Promise.all([seen, logs.stop()]);
      await core.deleteNode({ name: node }).catch(unlessGone);
    },
  };
}

const keyOf = ({ metadata: { namespace, name } }: KubernetesObject) => `${namespace}/${name}`;

/** A pod that is gone, or was changed by somebody since, comes again by the watch. */
function unlessGone(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 404 && code !== 409) throw error;
}

async function join(core: CoreV1Api, port: number): Promise<void> {
  const body = { metadata: { name: node } };
  await core.createNode({ body }).catch(unlessGone);
  const status = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    conditions: [{ type: 'Ready', status: 'True' }],
  };
  await core.patchNodeStatus(
    { name: node, body: { status } },
    setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
  );
}

async function carryOut(core: CoreV1Api, object: KubernetesObject, fate: Fate): Promise<void> {
  const pod = podSchema.parse(object);
  const { name, namespace } = pod.metadata;
  if (pod.metadata.deletionTimestamp !== undefined) {
    await core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 });
    return;
  }
  if (pod.spec.nodeName === undefined) {
    const body = { metadata: { name }, target: { apiVersion: 'v1', kind: 'Node', name: node } };
    await core.createNamespacedPodBinding({ name, namespace, body });
  }
  const status = statusOf(pod, fate);
  if (status === undefined) return;
  await core.patchNamespacedPodStatus(
    { name, namespace, body: { status: status satisfies V1PodStatus } },
    setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
  );
}

/** `/containerLogs/<namespace>/<pod>/<container>`, as the API server asks a kubelet. */
async function serveLogs(linesOf: (pod: string) => readonly string[]) {
  const pems = await generate([{ name: 'commonName', value: node }]);
  const server = createServer({ key: pems.private, cert: pems.cert }, (request, response) => {
    const [, , namespace, name] = (request.url ?? '').split(/[/?]/);
    response.end(
      linesOf(`${namespace}/${name}`)
        .map((line) => `${line}\n`)
        .join(''),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
