import type { Cluster, KubernetesObject, Selection } from '../../ports/kubernetes.ts';

/** Objects of several kinds as they are now, kept up to date by what the server tells. */
export type Followed = readonly KubernetesObject[];

/**
 * Follows selections until `enough` says so or the time is over, and gives what stood there then. Each change is
 * told. Throws what the server refuses, or the signal's reason.
 */
export async function follow(
  cluster: Cluster,
  selections: readonly Selection[],
  enough: (now: Followed) => boolean,
  { milliseconds, signal }: { milliseconds: number; signal: AbortSignal },
): Promise<Followed> {
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal, AbortSignal.timeout(milliseconds)]);
  const kept = selections.map(() => new Map<string, KubernetesObject>());
  const listed = new Set<number>();
  const now = () => kept.flatMap((objects) => [...objects.values()]);

  async function read(selection: Selection, index: number): Promise<void> {
    const objects = kept[index] ?? new Map<string, KubernetesObject>();
    for await (const event of cluster.watch(selection, until)) {
      if (event.type === 'listed') objects.clear();
      const changed = event.type === 'listed' ? event.objects : [event.object];
      for (const object of changed) {
        if (event.type === 'removed') objects.delete(object.metadata.name);
        else objects.set(object.metadata.name, object);
      }
      listed.add(index);
      if (listed.size === selections.length && enough(now())) return stop.abort();
    }
  }

  const readers = selections.map((selection, index) =>
    read(selection, index).catch((error: unknown) => {
      if (until.aborted) return;
      stop.abort();
      throw error;
    }),
  );
  const ended = await Promise.allSettled(readers);
  signal.throwIfAborted();
  for (const reader of ended) if (reader.status === 'rejected') throw reader.reason;
  return now();
}
