import { z } from 'zod';
import { durationSchema, milliseconds } from '../core/playbook/duration.ts';
import { shown } from '../core/step/shown.ts';
import { measures, type ThresholdAlert } from '../ports/google.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import { alertReach, alertTitle, ensuredChannels, knownChannels, reachFault } from './google/alert.ts';
import { failedBy, googleOf } from './google/cloud.ts';
import { aboutDoubles, ensure, isSame, labelOf } from './google/ensure.ts';

const metricFilter = z
  .string()
  .max(2_000)
  .refine((filter) => filter.includes('${{') || /\bmetric\.type\s*=/.test(filter), {
    message: 'name the metric: metric.type="run.googleapis.com/request_count"',
  })
  .refine((filter) => filter.includes('${{') || /\bresource\.type\s*=/.test(filter), {
    message: 'name the resource as well: resource.type="cloud_run_revision"',
  });

/** Google measures in whole minutes. */
const minutes = durationSchema.refine((text) => milliseconds(text) % 60_000 === 0, {
  message: 'whole minutes, such as 5m',
});

const input = z
  .strictObject({
    ...alertTitle,
    filter: metricFilter.describe(
      'The metric, in the language of Cloud Monitoring: `metric.type="run.googleapis.com/request_count" AND resource.type="cloud_run_revision" AND metric.labels.response_code_class="5xx"`',
    ),
    ratioTo: metricFilter
      .optional()
      .describe('What it is divided by: the same filter without the class, for the share of failed requests'),
    measure: z
      .enum(measures)
      .default('rate')
      .describe('`rate` in a second, `count` and `mean` over the period, or a percentile of a distribution'),
    groupBy: z
      .array(z.string().regex(/^(metric|resource)\.labels?\.[a-z_]+$/, 'such as resource.label.service_name'))
      .max(5)
      .default([])
      .describe('Labels by which series are kept apart; absent: all together'),
    over: minutes
      .refine((text) => milliseconds(text) >= 60_000, { message: 'one minute at least' })
      .default('1m')
      .describe('The period over which it is measured'),
    above: z.number().optional().describe('It is raised above this number'),
    below: z.number().optional().describe('It is raised below this number: throughput that stops'),
    lasting: minutes.default('0s').describe('How long it has to last; absent: it is raised at once'),
    ...alertReach,
  })
  .superRefine((given, check) => {
    const message = reachFault(given);
    if (message !== undefined) check.addIssue({ code: 'custom', message });
    if ((given.above === undefined) === (given.below === undefined))
      check.addIssue({ code: 'custom', message: 'give `above` or `below`, one of them' });
  });
type Input = z.infer<typeof input>;
type Context = StepContext<Input>;

function alertOf({ input: given }: Context, channels: readonly string[]): ThresholdAlert {
  const { title, filter, ratioTo, measure, groupBy, above, below, text, labels } = given;
  return {
    ...{ title, filter, ratioTo: ratioTo ?? null, measure, groupBy, text, labels },
    period: milliseconds(given.over) / 1_000,
    side: above === undefined ? 'below' : 'above',
    threshold: above ?? below ?? 0,
    lasting: milliseconds(given.lasting) / 1_000,
    channels: [...channels],
  };
}

async function run(context: Context, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  const { monitoring } = googleOf(context);
  try {
    const channels = await ensuredChannels(context.input, monitoring, signal);
    const ensured = await ensure(monitoring.thresholds, labelOf(context), alertOf(context, channels), signal);
    const summary = `Alert "${context.input.title}" ${ensured.did}${aboutDoubles([ensured])}`;
    return { status: 'succeeded', summary, output: { policy: ensured.name, channels } };
  } catch (error) {
    signal.throwIfAborted();
    return failedBy(error);
  }
}

/** An alert for a metric beyond a threshold that leads to the bot: made once, and found again by its label. */
export const monitoringThreshold: StepKind<Input> = {
  uses: 'monitoring.threshold',
  describe:
    'Makes or changes an alert of Google Cloud Monitoring on a metric beyond a threshold, and its channel to the bot, never two.',
  input,
  effect: 'once',
  timeout: 90_000,
  async plan({ input: { title, filter, measure, above, below, ratioTo } }) {
    const beyond = above === undefined ? `below ${below}` : `above ${above}`;
    const of = ratioTo === undefined ? '' : ', as a share of another';
    return { summary: `Alert "${title}" where the ${measure} is ${beyond}${of}: ${shown(filter)}`, diff: [] };
  },
  async observe(context: Context, signal) {
    const { monitoring } = googleOf(context);
    const channels = await knownChannels(context.input, monitoring, signal);
    const [found] = await monitoring.thresholds.find(labelOf(context), signal);
    if (found === undefined || !isSame(found, alertOf(context, channels))) return { effect: 'absent' };
    const summary = `Alert "${context.input.title}" is there`;
    return { effect: 'present', summary, output: { policy: found.name, channels } };
  },
  run,
};
