import type { MonitorInput } from './input.ts';
import type { Kept } from './kept.ts';

/** A number in three digits; more where it would otherwise read like its limit. */
export function formatNumber(value: number, limit?: number): string {
  for (const digits of [3, 4, 5, 6]) {
    const text =
      Math.abs(value) >= 100 && digits === 3 ? Math.round(value) : Number(value.toPrecision(digits));
    if (limit === undefined || value === limit || text !== limit) return String(text);
  }
  return String(value);
}

/** `4.1 %`, `12/s`: a number as people read it; more digits where it would otherwise read like its limit. */
export function measure(value: number, unit: string, limit?: number): string {
  const number = formatNumber(value, limit);
  return unit === '' || unit.startsWith('/') ? `${number}${unit}` : `${number} ${unit}`;
}

function over(value: number | null | undefined, limit: number | undefined): boolean {
  return typeof value === 'number' && limit !== undefined && value > limit;
}

/** The series' names, those over their limit first. */
export function worstFirst(input: MonitorInput, values: Record<string, number | null>): string[] {
  const names = Object.keys(input.series);
  const bad = names.filter((name) => over(values[name], input.series[name]?.limit));
  return [...bad, ...names.filter((name) => !bad.includes(name))];
}

/** "errors 4.1 % (limit 1 %), p95 84 ms (limit 250 ms)" */
export function numbers(input: MonitorInput, values: Record<string, number | null>): string {
  const parts = worstFirst(input, values).map((name) => {
    const { unit = '', limit } = input.series[name] ?? {};
    const value = values[name] ?? null;
    const bound = limit === undefined ? '' : ` (limit ${measure(limit, unit)})`;
    return value === null ? `${name} no data` : `${name} ${measure(value, unit, limit)}${bound}`;
  });
  return parts.join(', ');
}

/** "2 of 4 cycles passed" */
export function progress({ tally }: Kept): string {
  return `${Math.min(tally.passed, tally.goal)} of ${tally.goal} cycles passed`;
}

function because({ last }: Kept): string {
  return last === null || last.reason === null ? '' : `: ${last.reason}`;
}

/** One line on how the soak stands, for the root card and the step's summary. */
export function summaryOf(
  input: MonitorInput,
  kept: Kept,
  verdict: 'ongoing' | 'pass' | 'fail' | 'inconclusive',
) {
  const { tally, last } = kept;
  if (last === null) return `cycle 1 of ${tally.goal} is being measured`;
  const measured = numbers(input, last.values);
  switch (verdict) {
    case 'pass':
      return `${progress(kept)}, ${measured}`;
    case 'fail':
      return `${measured}: cycle ${tally.cycle} failed${because(kept)}`;
    case 'inconclusive':
      return `inconclusive for ${tally.inconclusive} ${tally.inconclusive === 1 ? 'cycle' : 'cycles'} in a row${because(kept)}`;
    case 'ongoing':
      return last.outcome === 'passed'
        ? `${progress(kept)}, ${measured}`
        : `${progress(kept)}, cycle ${tally.cycle} ${last.outcome}${because(kept)}`;
  }
}
