import { writeFile } from 'node:fs/promises';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';

/** Seconds that the token of the bot's account is good for. */
const lifetime = 3_600;

/**
 * Writes a kubeconfig of the bot's ServiceAccount, which has the rights that `deploy/kubernetes` gives it, and no
 * others. `admin` is left as it is.
 */
export async function writeAccount(admin: KubeConfig, path: string): Promise<void> {
  const { status } = await admin.makeApiClient(CoreV1Api).createNamespacedServiceAccountToken({
    name: 'cutover-worker',
    namespace: 'cutover',
    body: { spec: { audiences: [], expirationSeconds: lifetime } },
  });
  const server = admin.getCurrentCluster();
  const token = status?.token;
  if (server === null || token === undefined) throw new Error('the cluster gave no token for the bot');
  const account = new KubeConfig();
  account.loadFromClusterAndUser(server, { name: 'cutover-worker', token });
  await writeFile(path, account.exportConfig(), { mode: 0o600 });
}
