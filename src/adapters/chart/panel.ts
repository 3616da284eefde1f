import type { Axis, GroupMark } from 'vega';
import type { Panel } from '../../core/rollout/chart.ts';
import { layout, plotWidth } from './layout.ts';
import { heading, limitMarks, lineMarks, markLine, noData } from './marks.ts';
import type { Place } from './place.ts';
import { largest, seriesOf } from './rows.ts';

const { plot } = layout;

/** A panel as a group: heading, axes, limit, mark and lines. It uses the scale `x` of the whole picture. */
export function panelGroup(panel: Panel, place: Place): GroupMark {
  const series = seriesOf(panel);
  const values = series.flatMap(({ rows }) => rows.map(({ value }) => value));
  const top = layout.head + place.index * layout.panel + plot.top;
  return {
    type: 'group',
    encode: {
      enter: {
        x: { value: plot.left },
        y: { value: top },
        width: { value: plotWidth },
        height: { value: plot.height },
      },
    },
    signals: [
      { name: 'width', value: plotWidth },
      { name: 'height', value: plot.height },
    ],
    scales: [
      { name: 'y', type: 'linear', domain: domainOf(values, panel.limit), range: [plot.height, 0], nice: 4 },
    ],
    axes: [valueAxis(panel.unit), timeAxis(place)],
    marks: [
      ...limitMarks(panel, values, place),
      ...markLine(place),
      ...series.map(lineMarks),
      ...series.map((one, index) => heading(panel, one, index, series.length)),
      ...(values.length === 0 ? [noData()] : []),
    ],
  };
}

/** A range under this has no ticks. */
const smallest = 1e-100;

/** From zero (or below) to the highest value or the limit, with room for the label over it. */
function domainOf(values: readonly number[], limit: number | undefined): [number, number] {
  const all = limit === undefined || Math.abs(limit) > largest ? values : [...values, limit];
  const low = all.reduce((least, value) => Math.min(least, value), 0);
  const high = all.reduce((most, value) => Math.max(most, value), 0);
  return [low, high - low < smallest ? low + 1 : high + (high - low) * (limit === undefined ? 0.05 : 0.2)];
}

function valueAxis(unit: string): Axis {
  const behind = unit.startsWith('/') || unit === '' ? unit : ` ${unit}`;
  const number = "(abs(datum.value) >= 10000 ? format(datum.value, '.3~s') : datum.label)";
  const labels = unit.length > 3 ? number : `${number} + ${JSON.stringify(behind)}`;
  return {
    orient: 'left',
    scale: 'y',
    tickCount: 3,
    grid: true,
    labelLimit: layout.plot.left - 14,
    encode: { labels: { update: { text: { signal: labels } } } },
  };
}

function timeAxis({ isLast, span }: Place): Axis {
  const long = span.to - span.from;
  const format = long > 36 * 3_600_000 ? '%d %b %H:%M' : long > 600_000 ? '%H:%M' : '%H:%M:%S';
  return {
    orient: 'bottom',
    scale: 'x',
    format,
    tickCount: long > 36 * 3_600_000 ? 4 : 5,
    labels: isLast,
    ticks: isLast,
    labelOverlap: true,
  };
}
