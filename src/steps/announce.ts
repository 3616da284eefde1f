import { z } from 'zod';
import { shown } from '../core/step/shown.ts';
import type { StepKind } from '../ports/step.ts';

const input = z.strictObject({ text: z.string().min(1).max(2_000).describe('What the thread says') });
type Input = z.infer<typeof input>;

/** Says something in the rollout's thread. The thread shows the summary; nothing else happens. */
export const announce: StepKind<Input> = {
  uses: 'announce',
  describe: 'Says something in the thread of the rollout.',
  input,
  effect: 'repeatable',
  async plan({ input: given }) {
    return { summary: `Announce: ${shown(given.text)}`, diff: [] };
  },
  async run({ input: given }, signal) {
    signal.throwIfAborted();
    return { status: 'succeeded', summary: shown(given.text, 2_000) };
  },
};
