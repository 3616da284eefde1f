import { sides } from '../../../../sandbox/aether/ground.ts';
import { hostsIn } from '../../../../sandbox/aether/ingress.ts';
import { standingIn } from '../../../../sandbox/aether/standing.ts';
import type { Sandbox } from '../../../../sandbox/start.ts';
import { sandboxFaults } from '../../../compose/sandbox.ts';
import type { Cluster } from '../../../ports/kubernetes.ts';
import { type Witness, witnessOf } from '../witness.ts';

/** The cluster and the processes, asked beside the bot: what they say counts, not what the bot says of them. */
export interface AetherWitness extends Pick<Witness, 'servedBy' | 'frozen'> {
  /** The hosts of each side's Ingress. */
  hosts(): Promise<Record<keyof typeof sides, string[]>>;
  /** All that the API server holds of both sides. */
  standing(): ReturnType<typeof standingIn>;
  /** The names of a rollout's Jobs. */
  jobs(rollout: string): Promise<string[]>;
  /** The states of the revisions of green's release, by Helm's own record, oldest first. */
  revisions(): Promise<string[]>;
  /** Switches errors of green on or off; answers what is so now. */
  fault(id: 'errors' | 'clear'): Promise<string>;
}

export function witnessOfAether(
  admin: Cluster,
  sandbox: Pick<Sandbox, 'urls'>,
  dataDir: string,
  signal: AbortSignal,
): AetherWitness {
  const { servedBy, frozen } = witnessOf(sandbox, dataDir);
  const ingress = async (namespace: string) => {
    const resource = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace, name: 'aether' };
    return hostsIn((await admin.read(resource, signal))?.spec);
  };
  return {
    servedBy,
    frozen,
    hosts: async () => ({ blue: await ingress(sides.blue), green: await ingress(sides.green) }),
    standing: () => standingIn(admin, signal),
    async jobs(rollout) {
      const of = (namespace: string) =>
        admin.list({ apiVersion: 'batch/v1', kind: 'Job', namespace }, signal);
      const found = [...(await of(sides.blue)), ...(await of(sides.green))];
      return found.map(({ metadata }) => metadata.name).filter((name) => name.startsWith(`${rollout}-`));
    },
    async revisions() {
      const record = { apiVersion: 'v1', kind: 'ConfigMap', namespace: sides.green, labels: 'owner=helm' };
      const found = (await admin.list(record, signal)).map(({ metadata }) => metadata.labels ?? {});
      const inOrder = found.sort((a, b) => Number(a.version) - Number(b.version));
      return inOrder.map(({ status = '' }) => status);
    },
    fault: (id) => sandboxFaults(sandbox.urls.supervisor).apply(id),
  };
}
