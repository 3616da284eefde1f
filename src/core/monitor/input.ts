import { z } from 'zod';
import { durationSchema } from '../playbook/duration.ts';
import { parseExpression, references } from '../playbook/expression.ts';
import { celFormat } from '../playbook/json-schema-walk.ts';

const shown = {
  unit: z.string().max(20).default('').describe('What people read after the number: %, ms, /s'),
  limit: z.number().optional().describe('Shown beside the number and drawn as a line; the conditions decide'),
  scale: z.number().default(1).describe('The number is multiplied by this: 100 makes a ratio a percentage'),
};

const pattern = z
  .string()
  .max(200)
  .refine(compiles, { message: 'not a regular expression' })
  .describe('A regular expression found in the value of the label; anchor it with ^ and $ where needed');
const where = z.record(z.string(), pattern).default({}).describe('Only series whose labels match');
const metric = z.string().regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, 'the name of a metric');

const querySeriesSchema = z.strictObject({
  ...shown,
  query: z.string().min(1).describe('PromQL that answers one number'),
});

const scrapeSeriesSchema = z.union([
  z.strictObject({ ...shown, ratio: z.strictObject({ of: metric, where: z.record(z.string(), pattern) }) }),
  z.strictObject({ ...shown, quantile: z.number().min(0).max(1), of: metric, where }),
  z.strictObject({ ...shown, rate: metric, where }),
  z.strictObject({
    ...shown,
    gauge: metric,
    where,
    over: z.enum(['max', 'min', 'sum', 'avg']).default('max').describe('How several values become one'),
  }),
]);
export type ScrapeSeries = z.infer<typeof scrapeSeriesSchema>;

const seriesName = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9_]*$/, 'letters, digits and _, beginning with a letter');
const condition = z.string().max(1_000).meta({ format: celFormat });
const count = z.int().min(1).max(10_000);

const common = {
  title: z.string().max(100).optional().describe('Stands over the chart'),
  interval: durationSchema.describe('The length of a cycle'),
  cycles: count.describe('Cycles that must pass, no failed one in between'),
  success: condition.optional().describe('CEL; absent: a cycle that does not fail passes'),
  failure: condition.optional().describe('CEL; absent: a cycle that does not pass fails'),
  enough: condition.optional().describe('CEL: whether there is enough data to judge a cycle'),
  failureLimit: count.default(1).describe('The soak fails at this many failed cycles'),
  inconclusiveLimit: count.default(2).describe('A person is asked at this many inconclusive cycles in a row'),
  expires: durationSchema
    .optional()
    .describe('How long the question waits for an answer before the step fails'),
  mark: z
    .strictObject({ at: z.iso.datetime(), label: z.string().max(40) })
    .optional()
    .describe('An instant to mark in the chart, such as the switch'),
};

function bounded<T extends z.ZodType>(series: T) {
  return z
    .record(seriesName, series)
    .refine((all) => Object.keys(all).length > 0 && Object.keys(all).length <= 8, {
      message: 'one to eight series',
    });
}

const providers = z.discriminatedUnion('provider', [
  z.strictObject({
    provider: z.literal('prometheus'),
    connection: z.string().describe('A connection of the environment of the kind prometheus'),
    ...common,
    series: bounded(querySeriesSchema),
  }),
  z.strictObject({
    provider: z.literal('scrape'),
    urls: z
      .array(z.url({ protocol: /^https?$/ }))
      .min(1)
      .max(50)
      .describe('Metrics pages'),
    ...common,
    series: bounded(scrapeSeriesSchema),
  }),
]);

function compiles(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}

/** The names that a monitor's conditions may use. */
function namesOf(input: z.infer<typeof providers>): string[] {
  const counted =
    input.provider === 'scrape' && Object.values(input.series).some((series) => !('gauge' in series));
  return [...Object.keys(input.series), 'cycle', 'cycles', ...(counted ? ['samples'] : [])];
}

function problemOf(source: string, names: readonly string[]): string | undefined {
  const parsed = parseExpression(source);
  if ('error' in parsed) return parsed.error;
  const unknown = references(parsed.ok).find(([root = '']) => !names.includes(root));
  return unknown && `unknown name ${unknown[0]}; known are ${names.join(', ')}`;
}

/** What a `monitor` step is given; conditions are parsed and their names checked. */
export const monitorInputSchema = providers.superRefine((input, context) => {
  if (input.success === undefined && input.failure === undefined) {
    context.addIssue({ code: 'custom', message: 'give a success or a failure condition, or both' });
  }
  const names = namesOf(input);
  for (const key of ['success', 'failure', 'enough'] as const) {
    const source = input[key];
    const problem = source === undefined ? undefined : problemOf(source, names);
    if (problem !== undefined) context.addIssue({ code: 'custom', path: [key], message: problem });
  }
});

export type MonitorInput = z.output<typeof monitorInputSchema>;
export type PrometheusMonitor = Extract<MonitorInput, { provider: 'prometheus' }>;
export type ScrapeMonitor = Extract<MonitorInput, { provider: 'scrape' }>;
