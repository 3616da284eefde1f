import { z } from 'zod';

/** Points of each series, oldest first: milliseconds since the epoch, value. */
export const pointsSchema = z.record(z.string(), z.array(z.tuple([z.number(), z.number()])));
export type Points = z.infer<typeof pointsSchema>;
export type Point = Points[string][number];

/** So many points of a series are kept in the journal at most. */
export const mostPoints = 120;

/** Thins points to at most `most`: of each run of neighbours the highest stays, so that no peak is lost. */
export function thin(points: readonly Point[], most: number): Point[] {
  if (points.length <= most) return [...points];
  const size = Math.ceil(points.length / most);
  const kept: Point[] = [];
  for (let from = 0; from < points.length; from += size) {
    const run = points.slice(from, from + size);
    const highest = run.reduce((best, point) => (point[1] > best[1] ? point : best));
    kept.push(highest);
  }
  return kept;
}

function short(value: number): number {
  return Number(value.toPrecision(6));
}

/** Adds a reading; gaps add no point. */
export function addPoints(points: Points, values: Record<string, number | null>, at: number): Points {
  const next: Points = { ...points };
  for (const [name, value] of Object.entries(values)) {
    if (value === null || !Number.isFinite(value)) continue;
    next[name] = thin([...(points[name] ?? []), [at, short(value)]], mostPoints);
  }
  return next;
}
