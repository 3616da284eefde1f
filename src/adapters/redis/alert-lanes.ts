import { alertGroupId, type Telling } from '../../core/alerts/notice.ts';

/** Redis serves nobody else while so many alerts are stored: about a millisecond. */
const alertsAtOnce = 200;
/** Characters of labels and annotations, by a quick count. */
const textAtOnce = 256 * 1024;

/** Stores alerts of one group in one step, each of them once; answers which were news. */
export type StoreStep = (group: string, tellings: readonly Telling[]) => Promise<readonly boolean[]>;

interface Waiting {
  telling: Telling;
  size: number;
  resolve(isNews: boolean): void;
  reject(error: unknown): void;
}

/**
 * Stores tellings group by group. What comes while others of its group are being stored waits, and goes together with
 * all that waits in the next step, so that many small deliveries cost little more than a large one. Tellings of the
 * same alert stay in their order. The function answers whether a telling was news.
 */
export function alertLanes(store: StoreStep): (telling: Telling) => Promise<boolean> {
  const lanes = new Map<string, Waiting[]>();

  async function drain(group: string, lane: Waiting[]): Promise<void> {
    while (lane.length > 0) {
      const step = lane.splice(0, stepLength(lane));
      await store(
        group,
        step.map(({ telling }) => telling),
      ).then(
        (news) => step.forEach(({ resolve }, n) => void resolve(news[n] ?? false)),
        (error: unknown) => step.forEach(({ reject }) => void reject(error)),
      );
    }
    lanes.delete(group);
  }

  const idOf = groupIds();
  return (telling) =>
    new Promise((resolve, reject) => {
      const group = idOf(telling);
      const waiting = { telling, size: sizeOf(telling), resolve, reject };
      const lane = lanes.get(group);
      if (lane) {
        lane.push(waiting);
        return;
      }
      const opened = [waiting];
      lanes.set(group, opened);
      queueMicrotask(() => void drain(group, opened));
    });
}

/** How many of those that wait go together: no alert twice, and not too many. */
function stepLength(lane: readonly Waiting[]): number {
  const fingerprints = new Set<string>();
  let size = 0;
  for (const waiting of lane.slice(0, alertsAtOnce)) {
    size += waiting.size;
    const isFull = size > textAtOnce && fingerprints.size > 0;
    if (isFull || fingerprints.has(waiting.telling.fingerprint)) break;
    fingerprints.add(waiting.telling.fingerprint);
  }
  return fingerprints.size;
}

/** Groups come again and again, and the id of each takes a digest to make. */
function groupIds(): (telling: Telling) => string {
  const known = new Map<string, string>();
  return (telling) => {
    const name = `${telling.source} ${telling.groupKey}`;
    const id = known.get(name) ?? alertGroupId(telling);
    if (known.size >= 10_000) known.clear();
    known.set(name, id);
    return id;
  };
}

function sizeOf({ labels, annotations, groupLabels, groupKey }: Telling): number {
  let size = groupKey.length;
  for (const texts of [labels, annotations, groupLabels])
    for (const name of Object.keys(texts)) size += name.length + (texts[name]?.length ?? 0);
  return size;
}
