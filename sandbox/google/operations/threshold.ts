import { z } from 'zod';
import type { Json } from '../../../src/core/json.ts';
import { type Refusal, refusal } from '../refusal.ts';

const aggregationSchema = z.looseObject({ alignmentPeriod: z.string() });
const thresholdSchema = z.looseObject({
  filter: z.string().default(''),
  denominatorFilter: z.string().default(''),
  aggregations: z.array(aggregationSchema).default([]),
  denominatorAggregations: z.array(aggregationSchema).default([]),
  comparison: z.string().default('COMPARISON_UNSPECIFIED'),
  duration: z.string().optional(),
});
type Threshold = z.infer<typeof thresholdSchema>;

function invalid(path: string, value: unknown, why: string): Refusal {
  const text = `Field ${path} had an invalid value of "${String(value)}": ${why}`;
  return refusal('INVALID_ARGUMENT', text, path);
}

function filterFault(path: string, filter: string): Refusal | undefined {
  for (const type of ['metric.type', 'resource.type']) {
    if (!filter.includes(type))
      return invalid(path, filter, `must specify a restriction on "${type}" in the filter`);
  }
  return undefined;
}

function periodFault(path: string, aggregations: Threshold['aggregations']): Refusal | undefined {
  const short = aggregations.find(({ alignmentPeriod }) => Number.parseFloat(alignmentPeriod) < 60);
  return short && invalid(path, short.alignmentPeriod, 'the alignment period must be at least 60 seconds');
}

function faultIn(at: string, condition: Threshold): Refusal | undefined {
  const { filter, denominatorFilter, aggregations, denominatorAggregations, comparison, duration } =
    condition;
  if (!['COMPARISON_GT', 'COMPARISON_LT'].includes(comparison))
    return invalid(`${at}.comparison`, comparison, 'only COMPARISON_GT and COMPARISON_LT are supported');
  if (duration !== undefined && Number.parseFloat(duration) % 60 !== 0)
    return invalid(`${at}.duration`, duration, 'must be a multiple of a minute');
  return (
    filterFault(`${at}.filter`, filter) ??
    (denominatorFilter === '' ? undefined : filterFault(`${at}.denominator_filter`, denominatorFilter)) ??
    periodFault(`${at}.aggregations`, aggregations) ??
    periodFault(`${at}.denominator_aggregations`, denominatorAggregations)
  );
}

/** Refuses a condition on a metric as Monitoring does; leaves other conditions alone. */
export function checkThreshold(condition: { [key: string]: Json }, index: number): void {
  if (condition.conditionThreshold === undefined) return;
  const at = `alert_policy.conditions[${index}].condition_threshold`;
  const fault = faultIn(at, thresholdSchema.parse(condition.conditionThreshold));
  if (fault !== undefined) throw fault;
}
