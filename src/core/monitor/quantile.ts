/** An upper bound (`le`) and the number of observations at or below it. */
export type Bucket = readonly [le: number, count: number];

function ascending(buckets: readonly Bucket[]): Bucket[] {
  const sorted = [...buckets].sort((a, b) => a[0] - b[0]);
  let most = 0;
  return sorted.map(([le, count]) => {
    most = Math.max(most, count);
    return [le, most];
  });
}

/**
 * The q-quantile (0 to 1) of a cumulative histogram, as PromQL's `histogram_quantile` reckons it: linear
 * within a bucket, the first bucket beginning at 0 when its bound is positive, the highest finite bound when
 * the quantile lies in the `+Inf` bucket. Null when there are no observations, fewer than two buckets, or
 * no `+Inf` bucket.
 * Rule: https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 */
export function histogramQuantile(q: number, buckets: readonly Bucket[]): number | null {
  const sorted = ascending(buckets);
  const last = sorted.at(-1);
  const finite = sorted.slice(0, -1);
  const highest = finite.at(-1);
  if (!last || !highest || last[0] !== Number.POSITIVE_INFINITY || !(last[1] > 0)) return null;
  const rank = q * last[1];
  const index = finite.findIndex(([, count]) => count >= rank);
  const bucket = finite[index];
  if (!bucket) return highest[0];
  const [end, count] = bucket;
  if (index === 0 && end <= 0) return end;
  const [start, below] = finite[index - 1] ?? [0, 0];
  if (count === below) return end;
  return start + (end - start) * ((rank - below) / (count - below));
}
