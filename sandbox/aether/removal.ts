import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster, ObjectRef } from '../../src/ports/kubernetes.ts';
import { outsideNamespaces } from './ground.ts';

/** What all that a demo makes outside of namespaces is known by. */
export const demoLabel = { 'cutover.dev/demo': 'aether' };

const [[key, value] = ['', '']] = Object.entries(demoLabel);
const lookEvery = 500;

/** What the demo would make and is there already: left of another demo, or somebody else's. */
export async function already(
  admin: Cluster,
  signal: AbortSignal,
): Promise<{ ours: ObjectRef[]; others: ObjectRef[] }> {
  const found = { ours: [] as ObjectRef[], others: [] as ObjectRef[] };
  for (const ref of await outsideNamespaces()) {
    const meta = await admin.describe(ref, signal);
    if (meta) found[meta.labels?.[key] === value ? 'ours' : 'others'].push(ref);
  }
  return found;
}

/**
 * Removes what a demo made, and nothing else, and waits until it is gone. Answers what is still there when the signal
 * aborts: namespaces end when their pods have.
 */
export async function removeDemo(admin: Cluster, signal: AbortSignal): Promise<ObjectRef[]> {
  let { ours } = await already(admin, signal);
  for (const ref of ours) await admin.remove(ref, { propagation: 'Background' }, signal);
  while (ours.length > 0) {
    await pause(lookEvery, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    ours = await already(admin, signal).then(
      (found) => found.ours,
      () => ours,
    );
  }
  return ours;
}

/** Objects in words: `Namespace aether-blue and ClusterRole x`. */
export function inWords(refs: readonly ObjectRef[]): string {
  const names = refs.map(({ kind, name }) => `${kind} ${name}`);
  return [names.slice(0, -1).join(', '), names.at(-1)].filter(Boolean).join(' and ');
}
