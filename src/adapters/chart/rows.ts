import { thin } from '../../core/monitor/points.ts';
import { type Panel, panelsOf } from '../../core/rollout/chart.ts';
import type { Chart } from '../../core/rollout/event.ts';
import { type Look, looks } from './layout.ts';

/** At most so many points of a series are drawn: more than there are pixels show nothing more. */
const mostPoints = 600;

/** An instant (milliseconds since the epoch) and a value. */
export interface Row {
  at: number;
  value: number;
}

/** A series as it is drawn: points that have a place, thinned so that no peak is lost. */
export interface DrawnSeries {
  name: string;
  look: Look;
  rows: readonly Row[];
}

export interface Span {
  from: number;
  to: number;
}

/** A text that fits its place. */
export function clip(text: string, most: number): string {
  return text.length <= most
    ? text
    : `${text
        .slice(0, most - 1)
        .toWellFormed()
        .trimEnd()}…`;
}

/** As many series as there are looks: more lines in one panel can't be told apart. */
export function seriesOf({ series }: Panel): DrawnSeries[] {
  return looks.flatMap((look, index) => {
    const given = series[index];
    return given === undefined ? [] : [{ name: given.name, look, rows: rowsOf(given.points) }];
  });
}

function rowsOf(points: Panel['series'][number]['points']): Row[] {
  return thin(points.filter(isDrawable), mostPoints).map(([at, value]) => ({ at, value }));
}

/** A day less than the last instant that a date can be, and far less than the largest number: scales need room. */
const latest = 8.64e15 - 86_400_000;
export const largest = 1e100;

function isDrawable([at, value]: Panel['series'][number]['points'][number]): boolean {
  return Math.abs(at) <= latest && Math.abs(value) <= largest;
}

/** The first and the last instant of all panels, never the same; undefined without any data. */
export function spanOf(chart: Chart): Span | undefined {
  const instants = panelsOf(chart).flatMap((panel) =>
    seriesOf(panel).flatMap(({ rows }) => rows.map(({ at }) => at)),
  );
  if (instants.length === 0) return undefined;
  const from = instants.reduce((least, at) => Math.min(least, at));
  const to = instants.reduce((most, at) => Math.max(most, at));
  const { mark } = chart;
  if (mark !== undefined && isNear(mark.at, { from, to })) {
    return apart({ from: Math.min(from, mark.at), to: Math.max(to, mark.at) });
  }
  return apart({ from, to });
}

/** An instant far from the data is not drawn: it would press the data into a corner. */
export function isNear(at: number, { from, to }: Span): boolean {
  const margin = Math.max(60_000, (to - from) / 2);
  return at >= from - margin && at <= to + margin;
}

function apart({ from, to }: Span): Span {
  return from === to ? { from: from - 30_000, to: to + 30_000 } : { from, to };
}
