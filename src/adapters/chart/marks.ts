import type { GroupMark, Mark } from 'vega';
import { formatNumber, measure } from '../../core/monitor/words.ts';
import type { Panel } from '../../core/rollout/chart.ts';
import { ink, layout, plotWidth, type } from './layout.ts';
import type { Place } from './place.ts';
import { clip, type DrawnSeries, largest } from './rows.ts';
import { textGroup } from './text.ts';

const { plot } = layout;

/** The limit as a labelled line; what is beyond it is shaded once something is. */
export function limitMarks({ limit, unit }: Panel, values: readonly number[], place: Place): Mark[] {
  if (limit === undefined || Math.abs(limit) > largest) return [];
  const y = { scale: 'y', value: limit };
  const beyond = values.some((value) => value > limit);
  // The mark's label, in the first panel, keeps the other side.
  const right = positionOf(place) < 0.35;
  const at = {
    x: { value: right ? plotWidth - 8 : 8 },
    align: { value: right ? 'right' : 'left' },
    y,
    dy: { value: -6 },
    baseline: { value: 'bottom' },
  };
  const text = `limit ${clip(measure(limit, unit), 24)}`;
  return [
    ...(beyond
      ? [
          {
            type: 'rect',
            encode: {
              enter: {
                x: { value: 0 },
                x2: { value: plotWidth },
                y: { value: 0 },
                y2: y,
                fill: { value: ink.limit },
                fillOpacity: { value: 0.08 },
              },
            },
          } satisfies Mark,
        ]
      : []),
    {
      type: 'rule',
      encode: {
        enter: {
          x: { value: 0 },
          x2: { value: plotWidth },
          y,
          stroke: { value: ink.limit },
          strokeWidth: { value: 2 },
          strokeDash: { value: [6, 5] },
        },
      },
    },
    label(text, ink.limit, at),
  ];
}

/** The marked instant as a line through the panel, labelled in the first one. */
export function markLine(place: Place): Mark[] {
  const { mark, index } = place;
  if (mark === undefined) return [];
  const x = { scale: 'x', value: mark.at };
  const late = positionOf(place) > 0.7;
  const at = {
    x,
    y: { value: 4 },
    dx: { value: late ? -6 : 6 },
    align: { value: late ? 'right' : 'left' },
    baseline: { value: 'top' },
  };
  return [
    {
      type: 'rule',
      encode: {
        enter: {
          x,
          y: { value: 0 },
          y2: { value: plot.height },
          stroke: { value: ink.text },
          strokeWidth: { value: 2 },
        },
      },
    },
    ...(index === 0 ? [label(clip(mark.label, 20), ink.text, at)] : []),
  ];
}

/** Where the mark stands, from 0 at the left to 1 at the right; 1 without a mark. */
function positionOf({ mark, span }: Place): number {
  return mark === undefined ? 1 : (mark.at - span.from) / (span.to - span.from);
}

/** A series as a line, with points as long as there are few. */
export function lineMarks({ rows, look }: DrawnSeries, index: number): GroupMark {
  const data = `rows${index}`;
  const at = { x: { scale: 'x', field: 'at' }, y: { scale: 'y', field: 'value' } };
  const stroke = {
    stroke: { value: look.colour },
    strokeWidth: { value: 3 },
    strokeDash: { value: look.dash },
  };
  const line: Mark = {
    type: 'line',
    from: { data },
    encode: { enter: { ...at, ...stroke, strokeJoin: { value: 'round' } } },
  };
  const points: Mark = {
    type: 'symbol',
    from: { data },
    encode: { enter: { ...at, fill: { value: look.colour }, size: { value: 42 } } },
  };
  return {
    type: 'group',
    encode: { enter: { width: { value: plotWidth }, height: { value: plot.height } } },
    data: [{ name: data, values: rows.map((row) => ({ ...row })) }],
    marks: rows.length <= 40 ? [line, points] : [line],
  };
}

/** Over the plot: what is drawn and how it stands now, in the colour and with the dash of its line. */
export function heading(
  { unit, limit }: Panel,
  { name, rows, look }: DrawnSeries,
  index: number,
  among: number,
): Mark {
  const last = rows.at(-1)?.value;
  const now = last === undefined ? '' : ` ${shownValue(last, unit, limit)}`;
  const room = among > 1 ? 25 : 50;
  const said = `${look.sample} ${clip(name, Math.max(6, room - now.length))}${now}`;
  const right = index > 0;
  return textGroup(said, {
    x: { value: right ? plotWidth : 20 - plot.left },
    y: { value: -14 },
    align: { value: right ? 'right' : 'left' },
    baseline: { value: 'alphabetic' },
    fontSize: { value: type.heading },
    fontWeight: { value: 'bold' },
    fill: { value: look.colour },
  });
}

function shownValue(value: number, unit: string, limit: number | undefined): string {
  return clip(unit.length > 12 ? formatNumber(value, limit) : measure(value, unit, limit), 20);
}

export function noData(): Mark {
  return label('no data', ink.faint, {
    x: { value: plotWidth / 2 },
    y: { value: plot.height / 2 },
    align: { value: 'center' },
    baseline: { value: 'middle' },
  });
}

/** A text with a white edge, so that it stays readable over lines. */
function label(text: string, colour: string, place: object): Mark {
  const said = { fontSize: { value: type.label }, ...place };
  const edge = {
    stroke: { value: ink.background },
    strokeWidth: { value: 5 },
    strokeJoin: { value: 'round' as const },
  };
  return textGroup(text, { ...said, ...edge }, { ...said, fill: { value: colour } });
}
