import { thin } from '../../core/monitor/points.ts';
import type { Chart } from '../../core/rollout/event.ts';

/** At most so many points of a series are drawn: more than there are pixels show nothing more. */
const mostPoints = 600;

export interface Row {
  at: number;
  value: number;
  series: string;
}

/** A text that fits its place. */
export function clip(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** The names that stand beside the lines: two at most, so that each stays readable. */
export function namesOf(chart: Chart): string[] {
  return chart.series.slice(0, 2).map(({ name }) => clip(name, 24));
}

/** What is drawn: finite points, thinned so that no peak is lost. */
export function rowsOf(chart: Chart): Row[] {
  return chart.series.slice(0, 2).flatMap(({ name, points }) => {
    const finite = points.filter(([at, value]) => Number.isFinite(at) && Number.isFinite(value));
    return thin(finite, mostPoints).map(([at, value]) => ({ at, value, series: clip(name, 24) }));
  });
}

/** The last row of each series, moved apart (`dy`, pixels) where two names would cover each other. */
export function endsOf(
  rows: readonly Row[],
  names: readonly string[],
  height: number,
): (Row & { dy: number })[] {
  const ends = names.flatMap((name) => rows.findLast(({ series }) => series === name) ?? []);
  const highest = Math.max(0, ...rows.map(({ value }) => value));
  const [a, b] = ends;
  const apart = a && b && highest > 0 ? (Math.abs(a.value - b.value) / highest) * height : height;
  if (apart >= 14) return ends.map((row) => ({ ...row, dy: 0 }));
  const top = a && b && a.value >= b.value ? a : b;
  return ends.map((row) => ({ ...row, dy: row === top ? -7 : 7 }));
}

/** The first and the last instant, milliseconds since the epoch. */
export function spanOf(rows: readonly Row[]): { from: number; to: number } {
  return rows.reduce((span, { at }) => ({ from: Math.min(span.from, at), to: Math.max(span.to, at) }), {
    from: Number.POSITIVE_INFINITY,
    to: Number.NEGATIVE_INFINITY,
  });
}
