import { z } from 'zod';
import type { Cluster } from '../../ports/kubernetes.ts';

const dataSchema = z.record(z.string(), z.string()).nullish();

/** The keys of a ConfigMap or Secret. */
export interface Keys {
  filled: string[];
  empty: string[];
}

/** Which keys there are; the values are let go of here. Undefined: there is no such object. */
export async function keysOf(
  cluster: Cluster,
  ref: { kind: 'ConfigMap' | 'Secret'; namespace: string; name: string },
  signal: AbortSignal,
): Promise<Keys | undefined> {
  const object = await cluster.read({ apiVersion: 'v1', ...ref }, signal);
  if (object === undefined) return undefined;
  const entries = [object.data, object.binaryData].flatMap((part) =>
    Object.entries(dataSchema.parse(part) ?? {}),
  );
  const names = (filled: boolean) =>
    entries.filter(([, value]) => (value !== '') === filled).map(([key]) => key);
  return { filled: names(true), empty: names(false) };
}
