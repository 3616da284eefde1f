import { canonicalJson } from '../../core/json.ts';
import type { Connection } from '../../core/rollout/plan.ts';
import { type Cluster, KubernetesError } from '../../ports/kubernetes.ts';
import type { Caller } from '../../ports/service.ts';
import { checked, kubeconfigOf } from './connection.ts';
import { reading } from './reading.ts';
import { createRequests, type Patience, type Requests, usualPatience } from './requests.ts';
import { createPathOf, type PathOf } from './resources.ts';
import { type Send, transport } from './transport.ts';
import { writing } from './writing.ts';

export interface KubernetesDependencies {
  /** `KUBECONFIG`, and what a pod is given (`KUBERNETES_SERVICE_HOST`). */
  env: Readonly<Record<string, string | undefined>>;
  /** The user agent of requests for somebody, or for nobody in particular. */
  agent(caller: Caller | undefined): string;
  patience?: Patience;
}

interface Server {
  send: Send;
  pathOf: PathOf;
}

/**
 * The clusters that connections lead to: `{ kind: kubernetes, kubeconfig?, context? }`. Equal connections share
 * their sockets and what is known of the server. Nothing is asked before a first request.
 */
export function kubernetes({ env, agent, patience = usualPatience }: KubernetesDependencies) {
  const servers = new Map<string, Server>();
  return (given: Connection, caller?: Caller): Cluster => {
    const connection = checked(given);
    const key = canonicalJson(connection);
    const server =
      servers.get(key) ??
      serverFor(
        transport(() => kubeconfigOf(connection, env)),
        agent(undefined),
        patience,
      );
    servers.set(key, server);
    return clusterOver(server, createRequests(server.send, agent(caller), patience));
  };
}

function serverFor(send: Send, userAgent: string, patience: Patience): Server {
  return { send, pathOf: createPathOf(discover(createRequests(send, userAgent, patience))) };
}

function clusterOver({ pathOf }: Server, requests: Requests): Cluster {
  const reads = reading(requests, pathOf);
  return { ...reads, ...writing(requests, pathOf, reads.describe) };
}

function discover({ read }: Requests) {
  return async (path: string, signal: AbortSignal): Promise<unknown> => {
    const { status, text } = await read(`get ${path}`, { method: 'GET', path }, signal);
    if (status === 404) throw new KubernetesError(`the cluster has no API ${path}`, { reason: 'missing' });
    return JSON.parse(text);
  };
}
