import type { PrometheusMonitor } from '../../core/monitor/input.ts';
import { type Points, thin } from '../../core/monitor/points.ts';
import type { Reading } from '../../core/monitor/reading.ts';
import { milliseconds } from '../../core/playbook/duration.ts';
import { shown } from '../../core/step/shown.ts';
import type { PrometheusSource } from '../../ports/world.ts';

const timeout = 10_000;
const lookback = 600_000;
const pointsBefore = 60;

function limited(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
}

async function ask(
  source: PrometheusSource,
  [name, { query, scale }]: [string, PrometheusMonitor['series'][string]],
  now: number,
  signal: AbortSignal,
): Promise<{ name: string; value: number } | { name: string; gap: string }> {
  try {
    const found = await source.instant(query, now, limited(signal));
    const value = found[0]?.points.at(-1)?.[1];
    if (found.length > 1)
      return { name, gap: `${name}: the query answers ${found.length} series instead of one` };
    if (value === undefined || !Number.isFinite(value)) return { name, gap: `no data for ${name}` };
    return { name, value: value * scale };
  } catch (error) {
    signal.throwIfAborted();
    return { name, gap: `${name}: ${shown(error instanceof Error ? error.message : String(error))}` };
  }
}

/** Asks for each series' value now. What can't be answered is a gap. */
export async function readQueries(
  input: PrometheusMonitor,
  source: PrometheusSource,
  now: number,
  signal: AbortSignal,
): Promise<Reading> {
  const answers = await Promise.all(
    Object.entries(input.series).map((series) => ask(source, series, now, signal)),
  );
  return {
    values: Object.fromEntries(answers.map((one) => [one.name, 'value' in one ? one.value : null])),
    gaps: answers.flatMap((one) => ('gap' in one ? one.gap : [])),
  };
}

/** The ten minutes before, for the chart alone; empty for a series that can't be answered. */
export async function readBefore(
  input: PrometheusMonitor,
  source: PrometheusSource,
  now: number,
  signal: AbortSignal,
): Promise<Points> {
  const step = Math.max(15_000, milliseconds(input.interval));
  const series = await Promise.all(
    Object.entries(input.series).map(async ([name, { query, scale }]) => {
      const found = await source.range(query, now - lookback, now, step, limited(signal)).catch(() => []);
      signal.throwIfAborted();
      const points = found.length === 1 ? (found[0]?.points ?? []) : [];
      const finite = points.filter(([, value]) => Number.isFinite(value));
      return [
        name,
        thin(
          finite.map(([at, value]) => [at, value * scale]),
          pointsBefore,
        ),
      ] as const;
    }),
  );
  return Object.fromEntries(series);
}
