import { z } from 'zod';
import { canonicalJson } from '../core/json.ts';
import { shown } from '../core/step/shown.ts';
import type { KnownLogMetric, LogMetric } from '../ports/google-logs.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import { failedBy, googleOf } from './google/cloud.ts';
import { labelOf } from './google/ensure.ts';
import { connectionField } from './google/fields.ts';

const input = z.strictObject({
  connection: connectionField,
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, 'letters, digits, _, - and .')
    .describe('What it is called; its type in Cloud Monitoring is `logging.googleapis.com/user/<name>`'),
  filter: z
    .string()
    .min(1)
    .max(20_000)
    .describe('Which log entries are counted, in the language of Cloud Logging: `severity>=ERROR`'),
  labels: z
    .record(
      z.string().regex(/^[a-z][a-z0-9_]{0,99}$/, 'small letters, digits and _'),
      z
        .string()
        .regex(
          /^(REGEXP_)?EXTRACT\(.+\)$/,
          'EXTRACT(field) or REGEXP_EXTRACT(field, "pattern with one (group)")',
        ),
    )
    .refine((labels) => Object.keys(labels).length <= 10, { message: 'ten labels at most' })
    .default({})
    .describe(
      'What tells its series apart, with how the value is read from an entry: `REGEXP_EXTRACT(jsonPayload.status, "^([45])")`. A label can’t be taken away later',
    ),
});
type Input = z.infer<typeof input>;
type Context = StepContext<Input>;

const typeOf = (name: string): string => `logging.googleapis.com/user/${name}`;

/** By these words in its description a metric is known as this step's own: metrics have no labels of their own. */
function metricOf(context: Context): LogMetric {
  const { filter, labels } = context.input;
  return { filter, labels, text: `Made by Cutover: ${labelOf(context)}` };
}

function isSame({ metric }: KnownLogMetric, wanted: LogMetric): boolean {
  return metric !== undefined && canonicalJson(metric) === canonicalJson(wanted);
}

function done({ name }: Input, did: string) {
  return { summary: `Metric ${name} ${did}`, output: { name, type: typeOf(name) } };
}

async function run(context: Context, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  const { metrics } = googleOf(context);
  const { name } = context.input;
  const wanted = metricOf(context);
  try {
    const found = await metrics.find(name, signal);
    if (found !== undefined && found.text !== wanted.text) return foreign(name);
    if (found !== undefined && isSame(found, wanted))
      return { status: 'succeeded', ...done(context.input, 'left as it was') };
    await metrics.put(name, wanted, signal);
    return { status: 'succeeded', ...done(context.input, found === undefined ? 'made' : 'changed') };
  } catch (error) {
    signal.throwIfAborted();
    return failedBy(error);
  }
}

function foreign(name: string): StepResult {
  return {
    status: 'failed',
    summary: `There is a metric ${name} that this step did not make; it was left alone`,
    detail:
      'Alerts and dashboards of others may count on it. Give the metric of this step another name, or delete the one that is there.',
    retryable: true,
  };
}

/** A metric that is counted from logs, for `monitoring.threshold`: made once, changed afterwards, found by its name. */
export const loggingMetric: StepKind<Input> = {
  uses: 'logging.metric',
  describe:
    'Makes or changes a metric of Google Cloud that counts log entries, for an alert on how many there are.',
  input,
  effect: 'once',
  async plan({ input: { name, filter } }) {
    return { summary: `Count log entries as ${name}: ${shown(filter)}`, diff: [] };
  },
  async observe(context: Context, signal) {
    const found = await googleOf(context).metrics.find(context.input.name, signal);
    if (found === undefined || !isSame(found, metricOf(context))) return { effect: 'absent' };
    return { effect: 'present', ...done(context.input, 'is there') };
  },
  run,
};
