import { z } from 'zod';
import type { Cluster } from '../../src/ports/kubernetes.ts';
import { liveHosts, sides } from './ground.ts';

const rulesSchema = z
  .object({ rules: z.array(z.object({ host: z.string().default('') })).default([]) })
  .catch({ rules: [] });

/** The hosts of an Ingress, in its own order. */
export function hostsIn(spec: unknown): string[] {
  return rulesSchema.parse(spec).rules.map(({ host }) => host);
}

/**
 * Plays the ingress controller: the sandbox's router sends clients where the Ingresses say. Answers how to stop it;
 * that throws where it could not go on.
 */
export function mirrorHosts(admin: Cluster, router: string): () => Promise<void> {
  const stopping = new AbortController();
  const green = new Set<string>();
  const follow = async (): Promise<void> => {
    const resource = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace: sides.green };
    for await (const event of admin.watch(resource, stopping.signal)) {
      if (event.type === 'removed') continue;
      const objects = event.type === 'listed' ? event.objects : [event.object];
      for (const { spec } of objects) {
        green.clear();
        for (const host of hostsIn(spec)) green.add(host);
      }
      await moveHosts(router, green.has(liveHosts[0]) ? 'green' : 'blue');
    }
  };
  const followed = follow().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });
  followed.catch(() => undefined);
  return async () => {
    stopping.abort(new Error('the mirror was stopped'));
    await followed;
  };
}

/** Sends clients of all hosts to a side. */
export async function moveHosts(router: string, side: 'blue' | 'green'): Promise<void> {
  await fetch(`${router}/_router/hosts`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ api: side, app: side }),
  });
}
