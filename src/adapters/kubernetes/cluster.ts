import { canonicalJson } from '../../core/json.ts';
import type { Connection } from '../../core/rollout/plan.ts';
import { type Cluster, KubernetesError, type Writer } from '../../ports/kubernetes.ts';
import { checked, kubeconfigOf } from './connection.ts';
import { reading } from './reading.ts';
import { createRequests, type Patience, type Requests, usualPatience } from './requests.ts';
import { createPathOf, type PathOf } from './resources.ts';
import { type Send, transport } from './transport.ts';
import { writing } from './writing.ts';

export interface KubernetesDependencies {
  /** `KUBECONFIG`, and what a pod is given (`KUBERNETES_SERVICE_HOST`). */
  env: Readonly<Record<string, string | undefined>>;
  userAgent: string;
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
export function kubernetes({ env, userAgent, patience = usualPatience }: KubernetesDependencies) {
  const servers = new Map<string, Server>();
  return (given: Connection, writer?: Writer): Cluster => {
    const connection = checked(given);
    const key = canonicalJson(connection);
    const server =
      servers.get(key) ??
      serverFor(
        transport(() => kubeconfigOf(connection, env)),
        userAgent,
        patience,
      );
    servers.set(key, server);
    return clusterOver(server, createRequests(server.send, agentOf(userAgent, writer), patience));
  };
}

function serverFor(send: Send, userAgent: string, patience: Patience): Server {
  return { send, pathOf: createPathOf(discover(createRequests(send, userAgent, patience))) };
}

function clusterOver({ pathOf }: Server, requests: Requests): Cluster {
  const reads = reading(requests, pathOf);
  return { ...reads, ...writing(requests, pathOf, reads.describe) };
}

function agentOf(userAgent: string, writer: Writer | undefined): string {
  if (writer === undefined) return userAgent;
  return `${userAgent} (${writer.rollout}; ${writer.step}; epoch ${writer.epoch})`;
}

function discover({ read }: Requests) {
  return async (path: string, signal: AbortSignal): Promise<unknown> => {
    const { status, text } = await read(`get ${path}`, { method: 'GET', path }, signal);
    if (status === 404) throw new KubernetesError(`the cluster has no API ${path}`, { reason: 'missing' });
    return JSON.parse(text);
  };
}
