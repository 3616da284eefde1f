import { z } from 'zod';
import { shownDuration } from '../core/step/deadline.ts';
import { shown, shownUrl } from '../core/step/shown.ts';
import type { StepKind } from '../ports/step.ts';
import { secretiveHeader } from './http/expectation.ts';
import { probe, probeFields } from './http/probe.ts';
import { paceFields, poll } from './waiting/poll.ts';

const headerName = z
  .string()
  .toLowerCase()
  .regex(/^[!#$%&'*+.^_`|~0-9a-z-]+$/, 'the name of a header')
  .refine((name) => !secretiveHeader.test(name), { message: 'its value is a secret, which is kept nowhere' });

const input = z.strictObject({
  ...probeFields,
  keepHeaders: z
    .array(headerName)
    .min(1)
    .max(50)
    .optional()
    .describe('Headers that the answer has to have; later steps find them in `output.headers`'),
  otherwise: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe('What people are to do where it is not so: told with the failure'),
  ...paceFields,
});
type Input = z.infer<typeof input>;

/** Looks at an address until it answers as expected. */
export const httpCheck: StepKind<Input> = {
  uses: 'http.check',
  describe: 'Checks by GET that an address answers as expected, once or until a time is over.',
  input,
  effect: 'none',
  async plan({ input: given }) {
    const status = given.status === undefined ? '200 to 299' : [given.status].flat().join(' or ');
    const condition = given.expect === undefined ? '' : ` and ${shown(given.expect, 100)}`;
    const limit = given.within === undefined ? '' : `, within ${shownDuration(given.within)}`;
    return { summary: `Check ${shownUrl(given.url)}: ${status}${condition}${limit}`, diff: [] };
  },
  async run(context, signal) {
    signal.throwIfAborted();
    const { input: given, world } = context;
    return poll(context, shownUrl(given.url), async () => {
      const found = await probe(world.fetch, given, signal, given.keepHeaders);
      if (found.met || given.otherwise === undefined) return found;
      return { ...found, detail: [found.detail, given.otherwise].filter(Boolean).join(' ') };
    });
  },
};
