import type { Chart } from './event.ts';

/** One of a chart's pictures: all of its series share a unit and a limit. */
export type Panel = Pick<Chart, 'unit' | 'series' | 'limit'>;

/** All panels of a chart, top to bottom: the first stands in the chart itself. */
export function panelsOf({ unit, series, limit, panels = [] }: Chart): Panel[] {
  return [{ unit, series, ...(limit === undefined ? {} : { limit }) }, ...panels];
}
