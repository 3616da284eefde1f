import type { Chart as ChartData } from '../../../core/rollout/event.ts';
import { html } from './html.ts';
import { visible } from './text.ts';

/** The picture keeps its place while it loads and when it is drawn anew; a reader of the words gets the numbers. */
export function Chart({ chart, url }: { chart: ChartData; url: string }) {
  const panels = 1 + (chart.panels?.length ?? 0);
  return html`<figure class="chart">
    <img src=${url} alt=${chartWords(chart)} width="800" height=${60 + 220 * panels} loading="lazy" decoding="async" />
  </figure>`;
}

/** `Chart: Soak on green: errors 0.02 % (limit 1 %), p95 84 ms` */
function chartWords(chart: ChartData): string {
  const said = [chart, ...(chart.panels ?? [])].flatMap(({ series, unit, limit }) => {
    const bound = limit === undefined ? '' : ` (limit ${limit} ${unit})`;
    return series.map(({ name, points }) => `${name} ${lastOf(points, unit)}${bound}`);
  });
  return visible(`Chart: ${chart.title}: ${said.join(', ')}`);
}

function lastOf(points: ChartData['series'][number]['points'], unit: string): string {
  const last = points.at(-1)?.[1];
  return last === undefined ? 'no data' : `${Number(last.toPrecision(4))} ${unit}`.trim();
}
