import { z } from 'zod';
import { durationSchema } from './duration.ts';

const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and dashes, starting with a letter');

const expression = z
  .string()
  .describe('A value, or `${{ CEL }}` over env, params, target, other, steps, rollout');

/** What a person may or must give at the start: `name=value`. */
export const paramSchema = z.strictObject({
  type: z.enum(['string', 'number', 'boolean']),
  description: z.string().optional(),
  required: z.boolean().default(false),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  pattern: z.string().optional().describe('A regular expression that the whole value must match'),
  values: z
    .array(z.union([z.string(), z.number()]))
    .optional()
    .describe('The only values allowed'),
});

const stepBase = {
  id: identifier,
  name: z.string().optional().describe('What people read; the id when absent'),
  uses: z.string().describe('The step kind'),
  with: z.record(z.string(), z.json()).default({}),
  when: expression.optional().describe('The step is skipped unless this is true'),
  timeout: durationSchema.optional(),
  retry: z
    .strictObject({ attempts: z.int().min(1).max(20), delay: durationSchema.default('5s') })
    .optional()
    .describe('Attempts in all, and the pause between two'),
  repeatable: z
    .boolean()
    .default(false)
    .describe('The author states that repeating this step does no harm, so a crash in it is not a doubt'),
};

/** One step of a phase. */
export const stepSchema = z.strictObject({
  ...stepBase,
  onFailure: z.enum(['pause', 'rollback', 'continue']).default('pause'),
  capture: z.enum(['before']).optional().describe('Keep what stood there before, for the rollback'),
});

/** One step of the rollback list. */
export const rollbackStepSchema = z.strictObject({
  ...stepBase,
  onFailure: z
    .enum(['pause', 'continue'])
    .default('pause')
    .describe('`continue`: the steps behind it matter more; it is told as not restored'),
});

export const phaseSchema = z.strictObject({
  name: identifier,
  title: z.string().optional(),
  parallel: z.boolean().default(false),
  steps: z.array(stepSchema).min(1),
});

const alertsSchema = z.strictObject({
  page: z
    .enum(['propose', 'rollback'])
    .default('propose')
    .describe('What a page that began after the change does: offer the rollback, or begin it'),
  severity: z
    .strictObject({
      label: z.string().min(1).default('severity').describe('The label that says how grave an alert is'),
      page: z.array(z.string().min(1)).min(1).default(['page', 'critical']).describe('What is a page'),
    })
    .prefault({}),
});

/** One step of what follows the watched window. */
export const closingStepSchema = z.strictObject({
  ...stepBase,
  onFailure: z
    .enum(['pause', 'continue'])
    .default('pause')
    .describe('An approval that is not given stops nothing: the steps behind it are left out'),
  capture: z.enum(['before']).optional().describe('Keep what stood there before, for the rollback'),
  always: z
    .boolean()
    .optional()
    .describe(
      'Runs also when an approval before it was not given or a newer rollout has the environment: for what changes nothing there',
    ),
  endsRollback: z
    .boolean()
    .optional()
    .describe('It takes away what a rollback goes back to: from its beginning on there is none any more'),
});

/**
 * The watched window after the last phase. Stored plans are read by this schema and hashed again: a key that is added
 * here is optional and has no default.
 */
export const hypercareSchema = z.strictObject({
  window: durationSchema.default('24h'),
  labels: z
    .record(z.string(), z.string())
    .default({})
    .describe('Alerts with all of these labels belong to the rollout; without any label none does'),
  watch: z
    .strictObject({ with: z.record(z.string(), z.json()) })
    .optional()
    .describe('A `monitor` that keeps looking during the window'),
  onFailure: z.enum(['propose', 'rollback']).default('propose'),
  alerts: alertsSchema.optional(),
  checkIns: z
    .array(durationSchema)
    .max(20)
    .optional()
    .describe('How long after its beginning the thread is told how it goes; absent: at its end alone'),
  end: z
    .array(closingStepSchema)
    .min(1)
    .optional()
    .describe('The steps that run when the window is over, one after the other'),
});

/** A playbook file: phases of steps, a rollback list, a hypercare section. */
export const playbookSchema = z.strictObject({
  apiVersion: z.literal('cutover/v1'),
  name: identifier,
  description: z.string().optional(),
  short: identifier
    .optional()
    .describe('The word that rollout ids begin with; the first part of the name when absent'),
  environments: z.array(identifier).min(1),
  params: z.record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]*$/), paramSchema).default({}),
  targets: z.array(identifier).default([]),
  phases: z.array(phaseSchema).min(1),
  rollback: z.array(rollbackStepSchema).default([]),
  hypercare: hypercareSchema.optional(),
});

export type Playbook = z.infer<typeof playbookSchema>;
export type Param = z.infer<typeof paramSchema>;
export type Phase = z.infer<typeof phaseSchema>;
export type Step = z.infer<typeof stepSchema>;
export type ClosingStep = z.infer<typeof closingStepSchema>;
export type RollbackStep = z.infer<typeof rollbackStepSchema>;
