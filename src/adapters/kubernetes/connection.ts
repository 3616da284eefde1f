import { KubeConfig } from '@kubernetes/client-node';
import { z } from 'zod';
import { suggestion } from '../../core/nearest.ts';
import type { Connection } from '../../core/rollout/plan.ts';
import { KubernetesError } from '../../ports/kubernetes.ts';

export const kubernetesConnectionSchema = z.strictObject({
  kind: z.literal('kubernetes'),
  kubeconfig: z.string().min(1).optional().describe('A file; absent: KUBECONFIG, or the pod’s own account'),
  context: z.string().min(1).optional().describe('Absent: the current one of the file'),
});
export type KubernetesConnection = z.infer<typeof kubernetesConnectionSchema>;

/** Throws what is wrong with a connection, in words. */
export function checked(given: Connection): KubernetesConnection {
  const parsed = kubernetesConnectionSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const kind =
    given.kind === 'kubernetes'
      ? z.prettifyError(parsed.error)
      : `it is of the kind ${given.kind}, and the kind has to be kubernetes`;
  throw new KubernetesError(`the connection does not lead to a cluster: ${kind}`, { reason: 'invalid' });
}

/** The cluster and the credentials that a connection names, read now. */
export function kubeconfigOf(
  connection: KubernetesConnection,
  env: Readonly<Record<string, string | undefined>>,
): KubeConfig {
  const config = loaded(connection, env);
  if (connection.context !== undefined) {
    const names = config.getContexts().map(({ name }) => name);
    if (!names.includes(connection.context)) {
      const hint = suggestion(connection.context, names) ?? 'it has none';
      throw new KubernetesError(`the kubeconfig has no context ${connection.context}; ${hint}`, {
        reason: 'invalid',
      });
    }
    config.setCurrentContext(connection.context);
  }
  if (!config.getCurrentCluster())
    throw new KubernetesError('the kubeconfig names no cluster for its current context', {
      reason: 'invalid',
    });
  return config;
}

function loaded({ kubeconfig }: KubernetesConnection, env: Readonly<Record<string, string | undefined>>) {
  const files = kubeconfig === undefined ? (env.KUBECONFIG ?? '').split(':').filter(Boolean) : [kubeconfig];
  const config = new KubeConfig();
  try {
    const [first, ...others] = files;
    if (first === undefined) return inCluster(config, env);
    config.loadFromFile(first);
    for (const file of others) {
      const more = new KubeConfig();
      more.loadFromFile(file);
      config.mergeConfig(more, true);
    }
    return config;
  } catch (cause) {
    if (cause instanceof KubernetesError) throw cause;
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    const where = files.length > 0 ? files.join(' and ') : 'the pod’s account';
    throw new KubernetesError(`the kubeconfig ${where} can't be read: ${why}`, {
      reason: 'unauthorized',
      cause,
    });
  }
}

function inCluster(config: KubeConfig, env: Readonly<Record<string, string | undefined>>): KubeConfig {
  if (!env.KUBERNETES_SERVICE_HOST) {
    throw new KubernetesError(
      'no way to the cluster: give the connection a `kubeconfig`, set KUBECONFIG, or run the worker in the cluster',
      { reason: 'unauthorized' },
    );
  }
  config.loadFromCluster();
  return config;
}
