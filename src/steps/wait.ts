import { z } from 'zod';
import { durationSchema, formatDuration, milliseconds } from '../core/playbook/duration.ts';
import { extension, shownDuration, shownInstant } from '../core/step/deadline.ts';
import { iso } from '../ports/clock.ts';
import type { StepContext, StepKind } from '../ports/step.ts';

const input = z
  .strictObject({
    for: durationSchema.optional(),
    until: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('An instant with its offset: 2026-11-21T15:40:00Z'),
  })
  .refine((given) => (given.for === undefined) !== (given.until === undefined), {
    message: 'give either `for` (a duration) or `until` (an instant), and not both',
  });
type Input = z.infer<typeof input>;

const kept = z.strictObject({ since: z.number(), until: z.number() });

function begin({ input: given, now }: StepContext<Input>): z.infer<typeof kept> {
  const since = now();
  if (given.until !== undefined) return { since, until: Date.parse(given.until) };
  return { since, until: since + milliseconds(given.for ?? '0s') };
}

/** Waits for a time. People lengthen it by `extend`; nothing runs meanwhile. */
export const wait: StepKind<Input> = {
  uses: 'wait',
  describe: 'Waits for a duration, or until an instant.',
  input,
  effect: 'none',
  async plan({ input: given }) {
    const what = given.until === undefined ? `for ${shownDuration(given.for)}` : `until ${given.until}`;
    return { summary: `Wait ${what}`, diff: [] };
  },
  async run(context, signal) {
    signal.throwIfAborted();
    const state = context.kept === undefined ? begin(context) : kept.parse(context.kept);
    const until = state.until + extension(context.answers);
    if (context.now() >= until) {
      return { status: 'succeeded', summary: `Waited ${formatDuration(Math.max(0, until - state.since))}` };
    }
    const what = `Waiting until ${shownInstant(until)}`;
    return { status: 'waiting', waiting: { for: 'time', until: iso(until), what }, state };
  },
};
