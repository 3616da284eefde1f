import { z } from 'zod';
import { durationSchema, milliseconds } from '../core/playbook/duration.ts';
import { shownDuration, shownInstant } from '../core/step/deadline.ts';
import { shown } from '../core/step/shown.ts';
import { iso } from '../ports/clock.ts';
import type { StepKind } from '../ports/step.ts';

const input = z
  .strictObject({
    text: z.string().min(1).max(500).describe('The duty'),
    role: z.string().min(1).optional().describe('Whose duty it is: a role of the policy'),
    owner: z.string().min(1).optional().describe('Whose duty it is: a person of the policy'),
    after: durationSchema.describe('When it is due, from this step on'),
  })
  .refine((given) => (given.role === undefined) !== (given.owner === undefined), {
    message: 'give either `role` or `owner`, and not both',
  });
type Input = z.infer<typeof input>;

/** Notes a duty with its owner and the time it is due, in the step's output. It waits for nothing. */
export const reminder: StepKind<Input> = {
  uses: 'reminder',
  describe: 'Notes a duty that is due after the rollout, and whose it is.',
  input,
  effect: 'none',
  async plan({ input: given }) {
    const who = given.role ?? given.owner ?? '';
    return { summary: `Remind ${who} after ${shownDuration(given.after)}: ${shown(given.text)}`, diff: [] };
  },
  async run({ input: given, now }, signal) {
    signal.throwIfAborted();
    const due = now() + milliseconds(given.after);
    const who = given.role === undefined ? { owner: given.owner ?? '' } : { role: given.role };
    const summary = `Due ${shownInstant(due)} by ${given.role ?? given.owner}: ${shown(given.text)}`;
    return { status: 'succeeded', summary, output: { due: iso(due), text: given.text, ...who } };
  },
};
