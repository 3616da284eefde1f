import { z } from 'zod';
import { alertFacts } from '../alerts/facts.ts';
import { canonicalJson } from '../json.ts';
import { channelSchema } from './actor.ts';
import { type EventOf, eventSchemaOf, type FactOf } from './envelope.ts';
import { planSchema } from './plan.ts';

const instant = z.iso.datetime();
const stepId = z.string();
const summary = z.string();

/** What a step waits for. `until` is when it looks again by itself, or gives up. */
export const waitingSchema = z.discriminatedUnion('for', [
  z.strictObject({ for: z.literal('time'), until: instant, what: summary }),
  z.strictObject({
    for: z.literal('approval'),
    roles: z.array(z.string()),
    quorum: z.int().min(1),
    nonce: z.string(),
    digest: z.string(),
    until: instant.optional(),
    what: summary,
  }),
  z.strictObject({
    for: z.literal('task'),
    roles: z.array(z.string()),
    instructions: z.string(),
    evidence: z.string().optional().describe('What the evidence should be; absent: none is asked for'),
    until: instant.optional(),
    what: summary,
  }),
  z.strictObject({
    for: z.literal('decision'),
    options: z.array(z.enum(['extend', 'proceed', 'retry', 'done', 'rollback'])).min(1),
    question: z.string(),
    until: instant.optional(),
    what: summary,
    detail: z.string().optional().describe('What it is about, line by line'),
  }),
]);
export type Waiting = z.infer<typeof waitingSchema>;

const panelSchema = z.strictObject({
  unit: z.string(),
  series: z.array(z.strictObject({ name: z.string(), points: z.array(z.tuple([z.number(), z.number()])) })),
  limit: z.number().optional(),
});

/** A picture in data: drawn by each adapter as its platform can. Times are milliseconds since the epoch. */
export const chartSchema = z.strictObject({
  title: z.string(),
  ...panelSchema.shape,
  mark: z.strictObject({ at: z.number(), label: z.string() }).optional(),
  panels: z
    .array(panelSchema)
    .max(3)
    .optional()
    .describe('Further panels under the first, over the same time; read them by `panelsOf`'),
});
export type Chart = z.infer<typeof chartSchema>;

/** What hypercare's watch measured, over all of its cycles since `since`. */
export const watchNumbersSchema = z.strictObject({
  since: instant,
  cycles: z.strictObject({ passed: z.int(), failed: z.int(), inconclusive: z.int() }),
  series: z
    .array(
      z.strictObject({
        name: z.string(),
        unit: z.string(),
        limit: z.number().optional(),
        mean: z.number(),
        most: z.number(),
        last: z.number().optional(),
      }),
    )
    .max(8),
});
export type WatchNumbers = z.infer<typeof watchNumbersSchema>;

const answerSchema = z.enum(['approve', 'reject', 'done', 'extend', 'proceed']);

const data = {
  'rollout.planned': z.strictObject({
    id: z.string(),
    plan: planSchema,
    digest: z.string(),
    channels: z.array(channelSchema),
    startAt: instant.optional().describe('A scheduled start; absent: at once'),
    override: z.strictObject({ of: z.array(z.string()), reason: z.string() }).optional(),
    usual: z.int().optional().describe('Median duration in milliseconds of earlier successful runs'),
  }),
  'rollout.started': z.strictObject({}),
  'rollout.followed': z.strictObject({ channel: channelSchema }),
  'rollout.unfollowed': z.strictObject({ channel: channelSchema }),
  'rollout.paused': z.strictObject({ reason: z.string().optional() }),
  'rollout.resumed': z.strictObject({ reason: z.string().optional() }),
  'rollout.aborted': z.strictObject({ reason: z.string().optional() }),
  'rollout.succeeded': z.strictObject({}),
  'rollout.released': z.strictObject({}).describe('The claim on the environment was given back'),
  'rollout.reclaimed': z
    .strictObject({})
    .describe('The environment was claimed again, for a step at hypercare’s end'),
  'plan.revised': z.strictObject({ plan: planSchema, digest: z.string(), reason: z.string() }),
  'phase.finished': z.strictObject({ phase: z.string() }),
  'step.started': z.strictObject({
    step: stepId,
    attempt: z.int().min(1),
    epoch: z.int(),
    input: z.json().describe('The resolved `with`; secrets by name only'),
  }),
  'step.captured': z.strictObject({ step: stepId, before: z.json() }),
  'step.waiting': z.strictObject({
    step: stepId,
    waiting: waitingSchema,
    state: z.json().optional().describe('What the step keeps for its next look'),
    seen: z.int().min(0).optional().describe('How many answers this look took into account; absent: all'),
    chart: chartSchema.optional(),
  }),
  'step.answered': z.strictObject({
    step: stepId,
    answer: answerSchema,
    reason: z.string().optional(),
    evidence: z.string().optional(),
    duration: z.int().optional().describe('Milliseconds, for extend'),
    nonce: z.string().optional(),
  }),
  'step.succeeded': z.strictObject({
    step: stepId,
    summary,
    output: z.json().optional(),
    chart: chartSchema.optional(),
    observed: z
      .boolean()
      .optional()
      .describe('The effect was found in place after a crash; it was not repeated'),
  }),
  'step.failed': z.strictObject({
    step: stepId,
    summary,
    detail: z.string().optional().describe('The tail of the output, redacted and cut'),
    output: z.json().optional(),
    chart: chartSchema.optional(),
    retryAt: instant.optional().describe('The playbook asks for another attempt, at this time'),
  }),
  'step.doubted': z.strictObject({ step: stepId, summary, known: z.array(z.string()) }),
  'step.interrupted': z.strictObject({ step: stepId, why: z.string() }),
  'step.skipped': z.strictObject({ step: stepId, reason: z.string() }),
  'step.reset': z.strictObject({ step: stepId, reason: z.string().optional() }),
  'step.settled': z.strictObject({ step: stepId, evidence: z.string() }),
  'rollback.requested': z.strictObject({ reason: z.string() }),
  'rollback.finished': z.strictObject({}),
  'duty.due': z.strictObject({ duty: stepId }).describe('Its owner is reminded'),
  'duty.escalated': z.strictObject({ duty: stepId, roles: z.array(z.string()) }),
  'duty.done': z.strictObject({ duty: stepId, evidence: z.string() }),
  'duty.cancelled': z.strictObject({ duty: stepId, reason: z.string() }),
  'hypercare.started': z.strictObject({ until: instant }),
  'hypercare.noticed': z.strictObject({ summary, chart: chartSchema.optional() }),
  'hypercare.cleared': z.strictObject({ summary }),
  'hypercare.extended': z.strictObject({ until: instant }),
  'hypercare.checked': z
    .strictObject({ after: z.string(), numbers: watchNumbersSchema.optional() })
    .describe('A check-in, so long after the beginning'),
  'hypercare.ended': z
    .strictObject({ numbers: watchNumbersSchema.optional() })
    .describe('The window is over; the steps at its end follow'),
  'rollout.superseded': z.strictObject({ by: z.string() }),
  'report.archived': z
    .strictObject({
      files: z.array(z.strictObject({ name: z.string(), uri: z.string(), sha256: z.string() })).max(8),
      events: z.int().describe('The report tells of so many events'),
    })
    .describe('The whole report was stored, after the rollout had ended'),
  'report.failed': z
    .strictObject({ why: z.string() })
    .describe('It could not be stored, and is not tried again'),
  ...alertFacts,
} as const;

/** What happened, without where it stands in a journal. */
export type Fact = FactOf<typeof data>;
export type FactType = Fact['type'];
export type FactData<T extends FactType> = Extract<Fact, { type: T }>['data'];

/** A fact in its place: numbered from 1, and chained by hash to the one before. */
export type RolloutEvent = EventOf<typeof data>;

/** One event of a rollout's journal, as it is stored. */
export const rolloutEventSchema = eventSchemaOf(data);

/** The names of all facts, for documentation and tests. */
export const factTypes = Object.keys(data) as FactType[];

/** Why a fact can't be written into a journal; undefined when it can. */
export function faultOf({ type, data: given }: Fact): string | undefined {
  const parsed = data[type].safeParse(given);
  if (!parsed.success) return z.prettifyError(parsed.error);
  try {
    canonicalJson(given);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
