import { z } from 'zod';
import type { StepContext } from '../../ports/step.ts';
import { deployedOf, type ReleaseView, type Revision } from './release.ts';

/** What stood there before an upgrade: the revision in force and the hashes of what it is made of, or no release. */
export const capturedSchema = z.strictObject({
  release: z.string(),
  namespace: z.string(),
  revision: z.int().nullable().describe('Null: nothing was deployed'),
  chart: z.string().nullable(),
  values: z.string().nullable().describe('SHA-256 of the values; they themselves may hold secrets'),
  manifest: z.string().nullable().describe('SHA-256 of the objects'),
});
export type Captured = z.infer<typeof capturedSchema>;

/** Keeps what is in force before the first attempt. */
export async function captureRelease(
  { capture, input }: StepContext<{ release: string; namespace: string }>,
  view: ReleaseView,
  history: readonly Revision[],
): Promise<void> {
  const { release, namespace } = input;
  await capture(async (): Promise<Captured> => {
    const deployed = deployedOf(history);
    if (deployed === undefined)
      return { release, namespace, revision: null, chart: null, values: null, manifest: null };
    const { revision, chart } = deployed;
    return { release, namespace, revision, chart, ...(await view.digests(revision)) };
  });
}
