import { z } from 'zod';
import type { Json } from '../core/json.ts';
import { durationSchema, milliseconds } from '../core/playbook/duration.ts';
import { onWorkingDay } from '../core/policy/working-time.ts';
import { formatInstant, instantOf } from '../core/policy/zoned-time.ts';
import { shownDuration } from '../core/step/deadline.ts';
import { listed, shown } from '../core/step/shown.ts';
import { iso } from '../ports/clock.ts';
import type { StepContext, StepKind } from '../ports/step.ts';

const input = z
  .strictObject({
    text: z.string().min(1).max(500).describe('The duty'),
    role: z.string().min(1).optional().describe('Whose duty it is: a role of the policy'),
    owner: z.string().min(1).optional().describe('Whose duty it is: a person of the policy'),
    after: durationSchema.optional().describe('When it is due, from this step on'),
    at: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as 10:00')
      .optional()
      .describe(
        'With `after`: due at the next time that it is so late on a working day, in the time zone of the policy',
      ),
    due: z
      .string()
      .refine((text) => instantOf(text, 'UTC') !== undefined, 'a date and time such as 2026-12-01 10:00')
      .optional()
      .describe('When it is due: 2026-12-01 10:00, in the time zone of the policy'),
    escalate: z
      .strictObject({
        after: durationSchema.describe('So long after it was due'),
        roles: z.array(z.string().min(1)).min(1).describe('Who is told: roles of the policy'),
      })
      .optional()
      .describe('Who is told when it is not done in time'),
    stays: z.boolean().default(false).describe('A rollback does not cancel it'),
  })
  .refine((given) => (given.role === undefined) !== (given.owner === undefined), {
    message: 'give either `role` or `owner`, and not both',
  })
  .refine((given) => (given.after === undefined) !== (given.due === undefined), {
    message: 'give either `after` or `due`, and not both',
  })
  .refine((given) => given.at === undefined || given.after !== undefined, {
    message: '`at` goes with `after`; `due` has its own time',
  });
type Input = z.infer<typeof input>;

function dueAt({ input: given, now, timezone }: StepContext<Input>): number {
  if (given.due !== undefined) return instantOf(given.due, timezone) ?? now();
  const from = now() + milliseconds(given.after ?? '0s');
  return given.at === undefined ? from : onWorkingDay(from, given.at, timezone);
}

function whenInWords({ after, at, due }: Input): string {
  if (due !== undefined) return `on ${shown(due)}`;
  return `after ${shownDuration(after)}${at === undefined ? '' : `, at ${at} on a working day`}`;
}

/** Notes a duty with its owner and the time it is due; the thread reminds of it, also after the rollout. It waits for nothing. */
export const reminder: StepKind<Input> = {
  uses: 'reminder',
  describe:
    'Notes a duty for after the rollout: its owner is reminded when it is due, and others when it is late.',
  input,
  effect: 'none',
  async plan({ input: given }) {
    const who = given.role ?? given.owner ?? '';
    const { escalate } = given;
    const late = escalate
      ? `; ${listed(escalate.roles, 'or')} if it is not done ${shownDuration(escalate.after)} later`
      : '';
    return { summary: `Remind ${who} ${whenInWords(given)}: ${shown(given.text)}${late}`, diff: [] };
  },
  async run(context, signal) {
    signal.throwIfAborted();
    const { text, role, owner, escalate, stays } = context.input;
    const due = dueAt(context);
    const output: Json = {
      text,
      due: iso(due),
      ...(role === undefined ? { owner: owner ?? '' } : { role }),
      ...(escalate
        ? { escalate: { at: iso(due + milliseconds(escalate.after)), roles: escalate.roles } }
        : {}),
      ...(stays ? { stays } : {}),
    };
    const summary = `Due ${formatInstant(due, context.timezone)} by ${role ?? owner}: ${shown(text)}`;
    return { status: 'succeeded', summary, output };
  },
};
