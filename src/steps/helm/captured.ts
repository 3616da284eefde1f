import { z } from 'zod';
import type { StepContext } from '../../ports/step.ts';
import { clusterOf } from '../kubernetes/place.ts';
import { movedAway } from './hosts.ts';
import { deployedOf, type ReleaseView, type Revision } from './release.ts';

/** What stood there before an upgrade: the revision in force and the hashes of what it is made of, or no release. */
export const capturedSchema = z.strictObject({
  release: z.string(),
  namespace: z.string(),
  revision: z.int().nullable().describe('Null: nothing was deployed'),
  chart: z.string().nullable(),
  values: z.string().nullable().describe('SHA-256 of the values; they themselves may hold secrets'),
  manifest: z.string().nullable().describe('SHA-256 of the objects'),
  movedAway: z
    .array(z.string())
    .optional()
    .describe('Hosts of its Ingresses that had been moved elsewhere; absent: none'),
});
export type Captured = z.infer<typeof capturedSchema>;

type Context = StepContext<{ connection: string; release: string; namespace: string }>;

/** Keeps what is in force before the first attempt. Throws `HelmError` and `KubernetesError`. */
export async function captureRelease(
  context: Context,
  view: ReleaseView,
  history: readonly Revision[],
  signal: AbortSignal,
): Promise<void> {
  const { release, namespace } = context.input;
  await context.capture(async () => {
    const deployed = deployedOf(history);
    if (deployed === undefined)
      return { release, namespace, revision: null, chart: null, values: null, manifest: null };
    const { revision, chart } = deployed;
    const away = await awayFrom(context, view, deployed, signal);
    const digests = await view.digests(revision);
    const captured = { release, namespace, revision, chart, ...digests };
    return (away.length === 0 ? captured : { ...captured, movedAway: away }) satisfies Captured;
  });
}

/** The hosts that going back to a revision would take back: as captured, else as they are now. */
export async function awayFrom(
  context: Context,
  view: ReleaseView,
  { revision }: Revision,
  signal: AbortSignal,
): Promise<string[]> {
  const captured = capturedSchema.safeParse(context.captured);
  if (captured.success && captured.data.revision === revision) return captured.data.movedAway ?? [];
  return movedAway(() => clusterOf(context), await view.ingresses(revision), context.input, signal);
}
