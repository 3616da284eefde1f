import { z } from 'zod';
import { durationSchema } from '../../core/playbook/duration.ts';

const name = /^[A-Za-z_][A-Za-z0-9_-]*$/;

export const workflowInput = z
  .strictObject({
    connection: z.string().describe('A connection of the kind github'),
    workflow: z
      .string()
      .regex(/^[A-Za-z0-9._-]+$/, 'the file name or the id of a workflow, such as ci.yaml')
      .optional(),
    ref: z.string().min(1).max(255).optional().describe('The branch or tag to run it on'),
    inputs: z
      .record(z.string().regex(name, 'the name of an input'), z.union([z.string(), z.number(), z.boolean()]))
      .refine((inputs) => Object.keys(inputs).length <= 24, { message: 'at most 24 inputs' })
      .default({})
      .describe('The inputs of its workflow_dispatch'),
    mark: z
      .string()
      .regex(name, 'the name of an input')
      .optional()
      .describe(
        'An input that gets this attempt’s own name, to be shown in the workflow’s run-name: so its run is found again for certain',
      ),
    cancel: z.string().min(1).optional().describe('A step whose run is cancelled, if it still goes on'),
    within: durationSchema.default('1h').describe('How long the run may take'),
    interval: durationSchema.default('10s').describe('The time between two looks'),
  })
  .refine(
    ({ cancel, workflow, ref }) => cancel !== undefined || (workflow !== undefined && ref !== undefined),
    {
      message: 'give `workflow` and `ref`, or `cancel`',
    },
  )
  .refine(
    ({ cancel, workflow, ref }) => cancel === undefined || (workflow === undefined && ref === undefined),
    {
      message: '`cancel` stands without `workflow` and `ref`',
    },
  )
  .refine(({ mark, inputs }) => mark === undefined || inputs[mark] === undefined, {
    message: '`mark` names an input that is given a value too',
  });
export type WorkflowInput = z.infer<typeof workflowInput>;
