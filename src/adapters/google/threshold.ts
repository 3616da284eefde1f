import { z } from 'zod';
import type { Measure, ThresholdAlert } from '../../ports/google.ts';
import { type Form, labelKey, labels, seconds } from './form.ts';

/** How each measure is computed: within one series, then over all of them. */
const aggregations: Record<Measure, readonly [aligner: string, reducer: string]> = {
  rate: ['ALIGN_RATE', 'REDUCE_SUM'],
  count: ['ALIGN_DELTA', 'REDUCE_SUM'],
  mean: ['ALIGN_MEAN', 'REDUCE_MEAN'],
  p50: ['ALIGN_DELTA', 'REDUCE_PERCENTILE_50'],
  p95: ['ALIGN_DELTA', 'REDUCE_PERCENTILE_95'],
  p99: ['ALIGN_DELTA', 'REDUCE_PERCENTILE_99'],
};

function measureOf(aligner: string, reducer: string): Measure | undefined {
  const [found] = Object.entries(aggregations).find(([, [a, r]]) => a === aligner && r === reducer) ?? [];
  return found as Measure | undefined;
}

const aggregationSchema = z.object({
  alignmentPeriod: seconds,
  perSeriesAligner: z.string(),
  crossSeriesReducer: z.string(),
  groupByFields: z.array(z.string()).default([]),
});

const conditionSchema = z.object({
  filter: z.string(),
  denominatorFilter: z.string().default(''),
  aggregations: z.tuple([aggregationSchema]),
  comparison: z.enum(['COMPARISON_GT', 'COMPARISON_LT']),
  thresholdValue: z.number().default(0),
  duration: seconds,
});

const read: z.ZodType<ThresholdAlert> = z
  .object({
    displayName: z.string(),
    conditions: z.tuple([z.object({ conditionThreshold: conditionSchema })]),
    notificationChannels: z.array(z.string()).default([]),
    documentation: z.object({ content: z.string().default('') }).default({ content: '' }),
    userLabels: labels,
  })
  .transform((policy, check) => {
    const [{ conditionThreshold: condition }] = policy.conditions;
    const [{ perSeriesAligner, crossSeriesReducer, groupByFields, alignmentPeriod }] = condition.aggregations;
    const measure = measureOf(perSeriesAligner, crossSeriesReducer);
    if (measure === undefined) {
      check.addIssue({ code: 'custom', message: 'another measure' });
      return z.NEVER;
    }
    const { [labelKey]: _, ...others } = policy.userLabels;
    return {
      title: policy.displayName,
      filter: condition.filter,
      ratioTo: condition.denominatorFilter === '' ? null : condition.denominatorFilter,
      measure,
      groupBy: groupByFields,
      period: alignmentPeriod,
      side: condition.comparison === 'COMPARISON_GT' ? ('above' as const) : ('below' as const),
      threshold: condition.thresholdValue,
      lasting: condition.duration,
      channels: policy.notificationChannels,
      text: policy.documentation.content,
      labels: others,
    };
  });

function conditionOf(alert: ThresholdAlert): Record<string, unknown> {
  const [perSeriesAligner, crossSeriesReducer] = aggregations[alert.measure];
  const aggregation = {
    alignmentPeriod: `${alert.period}s`,
    perSeriesAligner,
    crossSeriesReducer,
    groupByFields: alert.groupBy,
  };
  const ratio =
    alert.ratioTo === null
      ? {}
      : { denominatorFilter: alert.ratioTo, denominatorAggregations: [aggregation] };
  return {
    filter: alert.filter,
    aggregations: [aggregation],
    ...ratio,
    comparison: alert.side === 'above' ? 'COMPARISON_GT' : 'COMPARISON_LT',
    thresholdValue: alert.threshold,
    duration: `${alert.lasting}s`,
  };
}

/** Policies on metrics: they say how long a threshold is crossed, and may not say how often they notify. */
export const thresholdForm: Form<ThresholdAlert> = {
  collection: 'alertPolicies',
  read,
  write: (alert) => ({
    displayName: alert.title,
    combiner: 'OR',
    conditions: [{ displayName: alert.title, conditionThreshold: conditionOf(alert) }],
    notificationChannels: alert.channels,
    documentation: { content: alert.text, mimeType: 'text/markdown' },
    alertStrategy: { autoClose: '1800s' },
    userLabels: alert.labels,
  }),
  mask: 'displayName,combiner,conditions,notificationChannels,documentation,alertStrategy,userLabels',
};
