import type { Config, Spec } from 'vega';
import { panelsOf } from '../../core/rollout/chart.ts';
import type { Chart } from '../../core/rollout/event.ts';
import { ink, layout, plotWidth, sizeOf, type } from './layout.ts';
import { panelGroup } from './panel.ts';
import { clip, isNear, spanOf } from './rows.ts';
import { textGroup } from './text.ts';

const font = '"DejaVu Sans", Verdana, sans-serif';

const config: Config = {
  text: { font },
  axis: {
    labelFont: font,
    labelFontSize: type.label,
    labelColor: ink.faint,
    labelPadding: 8,
    gridColor: ink.grid,
    domainColor: ink.grid,
    tickColor: ink.grid,
    tickSize: 6,
  },
};

function at(x: number, y: number, size: number, colour: string) {
  return {
    x: { value: x },
    y: { value: y },
    fontSize: { value: size },
    baseline: { value: 'alphabetic' as const },
    fill: { value: colour },
  };
}

/**
 * The picture of a chart as a Vega specification: on white, one panel under the other over the same time in
 * UTC, limits and the marked instant labelled, each line's name and last value over its panel.
 */
export function specOf(chart: Chart): Spec {
  const { width, height } = sizeOf(chart);
  const panels = panelsOf(chart);
  const span = spanOf(chart) ?? { from: 0, to: 1 };
  const mark =
    spanOf(chart) !== undefined && chart.mark && isNear(chart.mark.at, span) ? chart.mark : undefined;
  const axisEnd = layout.head + panels.length * layout.panel;
  return {
    $schema: 'https://vega.github.io/schema/vega/v6.json',
    width,
    height,
    padding: 0,
    autosize: 'none',
    background: ink.background,
    config,
    scales: [{ name: 'x', type: 'utc', domain: [span.from, span.to], range: [0, plotWidth] }],
    marks: [
      textGroup(clip(chart.title, 46), {
        ...at(20, 34, type.title, ink.text),
        fontWeight: { value: 'bold' },
      }),
      ...panels.map((panel, index) =>
        panelGroup(panel, {
          index,
          isLast: index === panels.length - 1,
          span,
          ...(mark === undefined ? {} : { mark }),
        }),
      ),
      textGroup('UTC', at(20, axisEnd - 4, type.label, ink.faint)),
    ],
  };
}
