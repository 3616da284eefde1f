import type { Chart } from '../rollout/event.ts';
import type { MonitorInput } from './input.ts';
import type { Kept } from './kept.ts';
import { worstFirst } from './words.ts';

/**
 * The chart of a soak: the series that is over its limit, or else the first one, and a second with the same
 * unit and limit where there is one. Undefined while there is nothing to draw.
 */
export function pictureOf(input: MonitorInput, kept: Kept): Chart | undefined {
  const names = worstFirst(input, kept.last?.values ?? {});
  const [first = ''] = names;
  const { unit = '', limit } = input.series[first] ?? {};
  const second = names.find(
    (name) => name !== first && input.series[name]?.unit === unit && input.series[name]?.limit === limit,
  );
  const series = [first, second]
    .flatMap((name) => name ?? [])
    .map((name) => ({ name, points: kept.points[name] ?? [] }));
  if (series.every(({ points }) => points.length === 0)) return undefined;
  return {
    title: input.title ?? series.map(({ name }) => name).join(' and '),
    unit,
    series,
    ...(limit === undefined ? {} : { limit }),
    ...(input.mark === undefined ? {} : { mark: { at: Date.parse(input.mark.at), label: input.mark.label } }),
  };
}
