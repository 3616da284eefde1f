import { alertGroupId, type Telling } from '../../core/alerts/notice.ts';

/** Redis serves nobody else while a chunk is stored: about a millisecond for so many alerts. */
const alertsAtOnce = 200;
/** Characters of labels, annotations and links, by a quick count. */
const textAtOnce = 256 * 1024;

/** The alerts of one group that are stored together; no alert is in a chunk twice. */
export interface Chunk {
  id: string;
  chunk: Telling[];
}

/** A delivery in pieces. Tellings of the same alert stay in their order. */
export function chunksOf(tellings: readonly Telling[]): Chunk[] {
  const chunks: Chunk[] = [];
  const open = new Map<string, { chunk: Telling[]; fingerprints: Set<string>; size: number }>();
  for (const telling of tellings) {
    const id = alertGroupId(telling);
    const size = sizeOf(telling);
    let at = open.get(id);
    const isFull = at && (at.chunk.length >= alertsAtOnce || at.size + size > textAtOnce);
    if (at === undefined || isFull || at.fingerprints.has(telling.fingerprint)) {
      at = { chunk: [], fingerprints: new Set(), size: 0 };
      open.set(id, at);
      chunks.push({ id, chunk: at.chunk });
    }
    at.chunk.push(telling);
    at.fingerprints.add(telling.fingerprint);
    at.size += size;
  }
  return chunks;
}

function sizeOf({ labels, annotations, groupLabels, groupKey }: Telling): number {
  let size = groupKey.length;
  for (const texts of [labels, annotations, groupLabels])
    for (const [name, value] of Object.entries(texts)) size += name.length + value.length;
  return size;
}
