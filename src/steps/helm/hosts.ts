import { z } from 'zod';
import { documentsIn } from '../../core/yaml.ts';
import type { Cluster } from '../../ports/kubernetes.ts';

const apiVersion = 'networking.k8s.io/v1';

const specSchema = z
  .object({ rules: z.array(z.object({ host: z.string().optional() })).nullish() })
  .transform(({ rules }) => (rules ?? []).flatMap(({ host }) => (host === undefined ? [] : [host])));
const ingressSchema = z.object({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('Ingress'),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  spec: specSchema,
});

/** An Ingress as a revision of a release has it. */
export interface ReleaseIngress {
  name: string;
  /** Absent: that of the release. */
  namespace?: string | undefined;
  hosts: readonly string[];
}

/** Takes the Ingresses out of a manifest that comes line by line; nothing else of it is held, as it may be a secret. */
export function ingressReader() {
  const kept: string[] = [];
  let document: string[] = [];
  function end(): void {
    const text = document.join('\n');
    document = [];
    if (/\bkind["']?\s*:\s*["']?Ingress\b/.test(text)) kept.push(text);
  }
  return {
    line(text: string): void {
      if (/^---(\s|$)/.test(text)) end();
      else document.push(text);
    },
    /** Throws where one of them is no YAML. */
    ingresses(): ReleaseIngress[] {
      end();
      return kept.flatMap(documentsIn).flatMap((object) => {
        const ingress = ingressSchema.safeParse(object);
        return ingress.success ? [{ ...ingress.data.metadata, hosts: ingress.data.spec }] : [];
      });
    },
  };
}

/**
 * The hosts that Ingresses have in a revision and not in the cluster: they were moved away, and Helm would take them
 * back. Throws `KubernetesError`.
 */
export async function movedAway(
  cluster: () => Cluster,
  ingresses: readonly ReleaseIngress[],
  release: { namespace: string },
  signal: AbortSignal,
): Promise<string[]> {
  const away = ingresses.map(async ({ name, namespace = release.namespace, hosts }) => {
    const live = await cluster().read({ apiVersion, kind: 'Ingress', namespace, name }, signal);
    const there = specSchema.parse(live?.spec ?? {});
    return hosts.filter((host) => !there.includes(host));
  });
  return [...new Set((await Promise.all(away)).flat())];
}
