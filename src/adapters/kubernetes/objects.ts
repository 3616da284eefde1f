import { z } from 'zod';
import type { KubernetesObject } from '../../ports/kubernetes.ts';

const metaSchema = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  generation: z.number().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** Checks what we rely on and keeps all else as it came. */
export const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: metaSchema,
}) as unknown as z.ZodType<KubernetesObject>;

const listSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ resourceVersion: z.string().default(''), continue: z.string().optional() }),
  items: z.array(z.looseObject({ metadata: metaSchema })).nullable(),
});

export interface KubernetesList {
  items: KubernetesObject[];
  version: string;
  /** Where the next page begins. */
  next: string | undefined;
}

/** A page of a list; its items don't say their own kind, so it is taken from the list's. */
export function listOf(text: string): KubernetesList {
  const { apiVersion, kind, metadata, items } = listSchema.parse(JSON.parse(text));
  const common = { apiVersion, kind: kind.replace(/List$/, '') };
  return {
    items: (items ?? []).map((item) => ({ ...common, ...item }) as KubernetesObject),
    version: metadata.resourceVersion,
    next: metadata.continue || undefined,
  };
}
