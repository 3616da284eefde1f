import type { TopLevelSpec } from 'vega-lite';
import type { Chart } from '../../core/rollout/event.ts';
import { clip, endsOf, namesOf, type Row, rowsOf, spanOf } from './rows.ts';

/** Pixels of the whole picture, before it is scaled. */
export const size = { width: 640, height: 280 } as const;

/** Two of Okabe and Ito's colours for the colour-blind; each series also has its own dash, and its name beside it. */
const colours = ['#0072B2', '#D55E00'];
const dashes = [
  [1, 0],
  [6, 3],
];
const ink = { text: '#24292f', faint: '#6e7781', grid: '#e5e8eb', limit: '#B3261E', background: '#ffffff' };

const time = { field: 'at', type: 'temporal', scale: { type: 'utc' } } as const;

function timeAxis() {
  const axis = {
    format: '%H:%M:%S',
    labelOverlap: true,
    labelFlush: false,
    tickCount: 6,
    titleAnchor: 'end',
  };
  return { ...time, title: 'UTC', axis };
}

/** A short unit stands behind each number, a long one once under the title. */
function isShort(unit: string): boolean {
  return unit.length <= 6;
}

function valueAxis({ unit }: Chart) {
  const labels =
    unit === '' || !isShort(unit) ? {} : { labelExpr: `datum.label + ${JSON.stringify(` ${unit}`)}` };
  return { field: 'value', type: 'quantitative', title: null, axis: { tickCount: 6, ...labels } };
}

function lines(chart: Chart, rows: readonly Row[]) {
  const names = namesOf(chart);
  const shared = { field: 'series', type: 'nominal', legend: null };
  const color = { ...shared, scale: { domain: names, range: colours } };
  const strokeDash = { ...shared, scale: { domain: names, range: dashes } };
  const [x, y] = [timeAxis(), valueAxis(chart)];
  const few = rows.length <= 60 * names.length;
  const ends = endsOf(rows, names, size.height).map((row) => ({
    data: { values: [row] },
    mark: { type: 'text', align: 'left', dx: 8, dy: row.dy, fontSize: 12 },
    encoding: { x, y, color, text: { field: 'series' } },
  }));
  const line = { type: 'line', strokeWidth: 2, ...(few ? { point: { size: 18 } } : {}) };
  return [{ data: { values: [...rows] }, mark: line, encoding: { x, y, color, strokeDash } }, ...ends];
}

function limitLine(chart: Chart, rows: readonly Row[]) {
  const { limit, unit } = chart;
  if (limit === undefined) return [];
  const label = `limit ${Number(limit.toPrecision(6))}${unit === '' ? '' : ` ${clip(unit, 20)}`}`;
  const y = valueAxis(chart);
  const data = { values: [{ value: limit, label }] };
  const above = rows.some(({ value }) => value > limit);
  const place = above ? { baseline: 'bottom', dy: -3 } : { baseline: 'top', dy: 4 };
  const text = { type: 'text', align: 'left', x: 0, dx: 4, color: ink.limit, fontSize: 12, ...place };
  return [
    { data, mark: { type: 'rule', color: ink.limit, strokeDash: [4, 4], strokeWidth: 1.5 }, encoding: { y } },
    { data, mark: text, encoding: { y, text: { field: 'label' } } },
  ];
}

/** An instant far from the data is not drawn: it would press the data into a corner. */
function markLine({ mark }: Chart, { from, to }: { from: number; to: number }) {
  const margin = Math.max(60_000, (to - from) / 2);
  if (mark === undefined || mark.at < from - margin || mark.at > to + margin) return [];
  const data = { values: [{ at: mark.at, label: clip(mark.label, 40) }] };
  const x = timeAxis();
  const late = mark.at > (from + to) / 2;
  const side = late ? { align: 'right', dx: 2 } : { align: 'left', dx: -2 };
  const text = { type: 'text', baseline: 'bottom', y: -4, color: ink.text, fontSize: 12, ...side };
  return [
    { data, mark: { type: 'rule', color: ink.faint, strokeWidth: 1.5 }, encoding: { x } },
    { data, mark: text, encoding: { x, text: { field: 'label' } } },
  ];
}

function layersOf(chart: Chart) {
  const rows = rowsOf(chart);
  if (rows.length === 0) {
    const data = { values: [{ label: 'no data' }] };
    return [
      {
        data,
        mark: { type: 'text', fontSize: 18, color: ink.faint },
        encoding: { text: { field: 'label' } },
      },
    ];
  }
  const span = spanOf(rows);
  return [...lines(chart, rows), ...limitLine(chart, rows), ...markLine(chart, span)];
}

function titleOf({ title, unit, mark }: Chart) {
  const subtitle = isShort(unit) ? {} : { subtitle: clip(unit, 80), subtitleColor: ink.faint };
  const look = { anchor: 'start', fontSize: 15, color: ink.text };
  return { text: clip(title, 56), ...look, ...subtitle, offset: mark === undefined ? 12 : 24 };
}

const config = {
  font: 'DejaVu Sans',
  view: { stroke: null },
  axis: {
    labelColor: ink.faint,
    titleColor: ink.faint,
    gridColor: ink.grid,
    domainColor: ink.grid,
    tickColor: ink.grid,
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 'normal',
  },
};

/**
 * The picture of a chart as a Vega-Lite specification: on white, times in UTC, the limit and the marked
 * instant labelled, names beside the lines.
 */
export function specOf(chart: Chart): TopLevelSpec {
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    ...size,
    autosize: { type: 'fit', contains: 'padding' },
    padding: { left: 12, top: 10, right: 12, bottom: 8 },
    background: ink.background,
    title: titleOf(chart),
    config,
    layer: layersOf(chart),
  };
  return spec as unknown as TopLevelSpec;
}
