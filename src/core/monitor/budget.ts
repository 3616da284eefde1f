import type { WatchNumbers } from '../rollout/event.ts';
import { formatNumber, measure } from './words.ts';

type Series = WatchNumbers['series'][number];

/** "errors 0.02 % on average, 0.4 % at most (limit 1 %), 288 of 288 looks passed" */
export function numbersInWords({ series, cycles }: WatchNumbers): string {
  const looks = cycles.passed + cycles.failed + cycles.inconclusive;
  return [...series.map(inWords), `${cycles.passed} of ${looks} looks passed`].join(', ');
}

function inWords({ name, unit, mean, most, limit }: Series): string {
  const bound = limit === undefined ? '' : ` (limit ${measure(limit, unit)})`;
  return `${name} ${measure(mean, unit, limit)} on average, ${measure(most, unit, limit)} at most${bound}`;
}

/**
 * The error budget of a window in words: a share of errors that stayed at its limit from the window's first minute to
 * its last would have spent all of it. `passed` is the part of the window that is over, 0 to 1. Undefined where the
 * watch has no percentage with a limit.
 */
export function budgetInWords({ series }: WatchNumbers, passed: number): string | undefined {
  const shares = series.filter(({ unit, limit }) => unit === '%' && limit !== undefined && limit > 0);
  if (shares.length === 0) return undefined;
  const left = shares.map(({ name, mean, limit = 1 }) => {
    const rest = formatNumber(100 * (1 - (mean / limit) * Math.min(Math.max(passed, 0), 1)));
    return `${shares.length > 1 ? `${name} ` : ''}100 % before, ${rest} % after`;
  });
  return `Error budget: ${left.join('; ')}`;
}
