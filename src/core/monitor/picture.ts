import type { Panel } from '../rollout/chart.ts';
import type { Chart } from '../rollout/event.ts';
import { listed } from '../step/shown.ts';
import type { MonitorInput } from './input.ts';
import type { Kept } from './kept.ts';
import { worstFirst } from './words.ts';

/** More would be too small to read on a phone. */
const mostPanels = 4;
const mostLines = 2;

/**
 * The chart of a soak: a panel for each unit and limit, in the playbook's order, at most four of at most two
 * series; what is over its limit is never left out for what is not. Undefined while there is nothing to draw.
 */
export function pictureOf(input: MonitorInput, kept: Kept): Chart | undefined {
  const [first, ...more] = panelsFor(input, kept);
  if (first === undefined) return undefined;
  const names = [first, ...more].flatMap(({ series }) => series.map(({ name }) => name));
  return {
    title: input.title ?? listed(names),
    ...first,
    ...(input.mark === undefined ? {} : { mark: { at: Date.parse(input.mark.at), label: input.mark.label } }),
    ...(more.length === 0 ? {} : { panels: more }),
  };
}

function panelsFor(input: MonitorInput, kept: Kept): Panel[] {
  const groups = new Map<string, string[]>();
  for (const name of worstFirst(input, kept.last?.values ?? {})) {
    const { unit, limit } = input.series[name] ?? {};
    const key = JSON.stringify([unit, limit]);
    groups.set(key, [...(groups.get(key) ?? []), name].slice(0, mostLines));
  }
  const order = Object.keys(input.series);
  return [...groups.values()]
    .filter((names) => names.some((name) => (kept.points[name] ?? []).length > 0))
    .slice(0, mostPanels)
    .map((names) => names.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)))
    .toSorted(([a = ''], [b = '']) => order.indexOf(a) - order.indexOf(b))
    .map((names) => panelOf(input, kept, names));
}

function panelOf(input: MonitorInput, kept: Kept, names: readonly string[]): Panel {
  const { unit = '', limit } = input.series[names[0] ?? ''] ?? {};
  const series = names.map((name) => ({ name, points: kept.points[name] ?? [] }));
  return { unit, series, ...(limit === undefined ? {} : { limit }) };
}
