import { z } from 'zod';
import type { Connection } from '../../core/rollout/plan.ts';
import type { Helm } from '../../ports/helm.ts';
import type { ProcessRunner } from '../../ports/world.ts';

/** What of the bot's environment Helm reads beside the kubeconfig: a pod's own cluster, its folders, the way out. */
const passed = [
  'KUBERNETES_SERVICE_HOST',
  'KUBERNETES_SERVICE_PORT',
  'HELM_CACHE_HOME',
  'HELM_CONFIG_HOME',
  'HELM_DATA_HOME',
  'HELM_DRIVER',
  'HELM_REGISTRY_CONFIG',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  'SSL_CERT_FILE',
];

const connectionSchema = z.looseObject({
  kind: z.literal('kubernetes', { error: 'Helm needs a connection of the kind kubernetes' }),
  kubeconfig: z.string().min(1).optional(),
  context: z.string().min(1).optional(),
});

export interface HelmParts {
  processes: ProcessRunner;
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * The `helm` on the bot's PATH, at the cluster of a connection: its kubeconfig, else `KUBECONFIG`, else the pod's own
 * cluster. A kubeconfig in a home folder is never taken by chance. Throws when the connection leads to none.
 */
export function helmAt(connection: Connection, { processes, env }: HelmParts): Helm {
  const { kubeconfig = env.KUBECONFIG, context } = connectionSchema.parse(connection);
  if (kubeconfig === undefined && env.KUBERNETES_SERVICE_HOST === undefined)
    throw new Error(
      'the connection names no kubeconfig, KUBECONFIG is not set, and the bot does not run in a cluster',
    );
  const own = Object.fromEntries(
    passed.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
  const cluster = context === undefined ? [] : ['--kube-context', context];
  return {
    run: (args, signal, options = {}) =>
      processes.run(
        {
          argv: ['helm', ...args, ...cluster],
          env: { ...own, KUBECONFIG: kubeconfig ?? '/dev/null' },
          ...options,
        },
        signal,
      ),
  };
}
