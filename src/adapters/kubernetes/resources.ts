import { z } from 'zod';
import { suggestion } from '../../core/nearest.ts';
import { KubernetesError, type Resource } from '../../ports/kubernetes.ts';

const groupSchema = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});

/** Where the objects of a kind stand below the server's root, for instance `/apis/apps/v1/namespaces/x/deployments`. */
export type PathOf = (resource: Resource, signal: AbortSignal) => Promise<string>;

/**
 * Finds the path of a kind by what the server says of its API group. An answer is kept for good; a kind that isn't in
 * it is asked for again, since it may have been installed meanwhile.
 */
export function createPathOf(ask: (path: string, signal: AbortSignal) => Promise<unknown>): PathOf {
  const known = new Map<string, z.infer<typeof groupSchema>['resources']>();

  async function resourcesOf(root: string, kind: string, signal: AbortSignal) {
    const kept = known.get(root);
    if (kept?.some((resource) => resource.kind === kind)) return kept;
    const { resources } = groupSchema.parse(await ask(root, signal));
    const whole = resources.filter(({ name }) => !name.includes('/'));
    known.set(root, whole);
    return whole;
  }

  return async ({ apiVersion, kind, namespace }, signal) => {
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const resources = await resourcesOf(root, kind, signal);
    const found = resources.find((resource) => resource.kind === kind);
    if (found === undefined) {
      const kinds = resources.map((resource) => resource.kind);
      const hint = suggestion(kind, kinds) ?? 'it has none';
      throw new KubernetesError(`the cluster has no ${kind} in ${apiVersion}; ${hint}`, {
        reason: 'missing',
      });
    }
    const within =
      found.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
    return `${root}${within}/${found.name}`;
  };
}
