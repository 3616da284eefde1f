import { z } from 'zod';

const special: Record<string, number> = {
  NaN: Number.NaN,
  '+Inf': Number.POSITIVE_INFINITY,
  Inf: Number.POSITIVE_INFINITY,
  '-Inf': Number.NEGATIVE_INFINITY,
};

/** Seconds and a number in text become milliseconds and a number. */
const pointSchema = z
  .tuple([z.number(), z.string()])
  .transform(([at, text]): [number, number] => [Math.round(at * 1_000), special[text] ?? Number(text)]);

const labels = z.record(z.string(), z.string());

const dataSchema = z.discriminatedUnion('resultType', [
  z.object({ resultType: z.literal('scalar'), result: pointSchema }),
  z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: labels, value: pointSchema })),
  }),
  z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ metric: labels, values: z.array(pointSchema) })),
  }),
]);
export type Answer = z.output<typeof dataSchema>;

const remarks = z.array(z.string()).default([]);

/** What the query endpoints answer; native histograms are left out. */
export const answerSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('success'), data: dataSchema, warnings: remarks }),
  z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() }),
]);
