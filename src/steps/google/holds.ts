import type { LogBucket } from '../../ports/google-logs.ts';

/** A rollout that keeps a bucket's logs longer, and for how many days it wants them kept. */
export interface Hold {
  /** `environment/rollout`. */
  by: string;
  days: number;
}

/** What rollouts noted in a bucket's description: how long it kept logs before the first, and what they raised it to. */
export interface Holds {
  before: number;
  raised: number;
  by: readonly Hold[];
}

const note = /\s*\[cutover: raised from (\d+) to (\d+) days for ([^\]]+)\]\s*$/;
const holder = /^(\S+) \((\d+)\)$/;

/** A description without our note at its end, and what the note says. */
export function holdsIn(description: string): { own: string; holds: Holds | undefined } {
  const match = note.exec(description);
  if (match === null) return { own: description, holds: undefined };
  const by = (match[3] ?? '').split(', ').flatMap((text) => {
    const [, name, days] = holder.exec(text) ?? [];
    return name === undefined ? [] : [{ by: name, days: Number(days) }];
  });
  const own = description.slice(0, match.index);
  return { own, holds: { before: Number(match[1]), raised: Number(match[2]), by } };
}

function noted(own: string, { before, raised, by }: Holds): string {
  const holders = by.map((hold) => `${hold.by} (${hold.days})`).join(', ');
  return `${own} [cutover: raised from ${before} to ${raised} days for ${holders}]`.trimStart();
}

/** Holds that are in force: once somebody set other days, they are over. */
function inForce({ days, description }: LogBucket): Holds | undefined {
  const { holds } = holdsIn(description);
  return holds?.raised === days ? holds : undefined;
}

/** How long the bucket keeps logs without any rollout. */
export function before(bucket: LogBucket): number {
  return inForce(bucket)?.before ?? bucket.days;
}

/** The bucket with one more hold; the same one where it keeps logs long enough by itself. */
export function held(bucket: LogBucket, hold: Hold): LogBucket {
  const holds = inForce(bucket);
  if (holds === undefined && bucket.days >= hold.days) return bucket;
  if (holds?.by.some(({ by, days }) => by === hold.by && days >= hold.days)) return bucket;
  const raised = Math.max(bucket.days, hold.days);
  const by = [...(holds?.by ?? []).filter((other) => other.by !== hold.by), hold];
  const { own } = holdsIn(bucket.description);
  return { days: raised, description: noted(own, { before: before(bucket), raised, by }) };
}

/** What a rollout captured before it held the bucket. `raised` is absent in what was captured by an older version. */
export interface Captured {
  days: number;
  raised?: number | undefined;
}

/** What comes of a bucket that a rollout lets go, and why it isn't as before where it is not. */
export interface Released {
  bucket: LogBucket;
  /** `changed`: somebody else set other days since. A list: who still holds it. */
  because?: 'changed' | readonly string[];
}

/** The bucket without a rollout's hold, and without those that are over: the last one to go puts back what stood first. */
export function released(
  bucket: LogBucket,
  by: string,
  captured: Captured,
  isOver: (by: string) => boolean,
): Released {
  const { own, holds } = holdsIn(bucket.description);
  if (holds === undefined) return unnoted(bucket, captured);
  if (holds.raised !== bucket.days) return { bucket: { ...bucket, description: own }, because: 'changed' };
  const left = holds.by.filter((hold) => hold.by !== by && !isOver(hold.by));
  if (left.length === 0) return { bucket: { days: holds.before, description: own } };
  const raised = Math.max(holds.before, ...left.map(({ days }) => days));
  const description = noted(own, { ...holds, raised, by: left });
  return { bucket: { days: raised, description }, because: left.map((hold) => hold.by) };
}

/** Without a note, what the rollout itself had raised goes back, and nothing else. */
function unnoted(bucket: LogBucket, { days, raised }: Captured): Released {
  if (raised === undefined || bucket.days === raised) return { bucket: { ...bucket, days } };
  return bucket.days === days ? { bucket } : { bucket, because: 'changed' };
}

/** The holders of a bucket. */
export function holdersOf({ description }: LogBucket): string[] {
  return holdsIn(description).holds?.by.map(({ by }) => by) ?? [];
}
