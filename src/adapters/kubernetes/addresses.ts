import type { KubernetesObject, ObjectRef, Resource, Selection } from '../../ports/kubernetes.ts';

/** `Ingress aether/web`, `Deployments in aether`: how an object or a kind is called in messages. */
export function worded(resource: Resource & { name?: string }): string {
  const { kind, namespace, name } = resource;
  if (name === undefined) return namespace === undefined ? `${kind}s` : `${kind}s in ${namespace}`;
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

export function refOf({ apiVersion, kind, metadata: { name, namespace } }: KubernetesObject): ObjectRef {
  return { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** The query of a request: a selection's selectors, and what else is given. */
export function queryOf(
  { labels, fields }: Pick<Selection, 'labels' | 'fields'>,
  more: Record<string, string | number | boolean | undefined>,
): string {
  const query = new URLSearchParams();
  const given = { labelSelector: labels, fieldSelector: fields, ...more };
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.toString();
}
