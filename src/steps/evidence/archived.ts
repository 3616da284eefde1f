import { sha256 } from '../../core/json.ts';
import type { ArtifactStore, StoredObject } from '../../ports/world.ts';

/** Stores bytes and checks that the store speaks of the same bytes. Throws what the store throws. */
export async function archived(
  store: ArtifactStore,
  key: string,
  body: Uint8Array,
  contentType: string,
  signal: AbortSignal,
): Promise<StoredObject> {
  signal.throwIfAborted();
  const stored = await store.put(key, body, contentType, signal);
  if (stored.sha256 === sha256(body) && stored.bytes === body.byteLength) return stored;
  throw new Error(`the archive stored something else than was sent for ${key}`);
}
