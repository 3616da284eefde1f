import { z } from 'zod';
import type { ReleaseView } from './release.ts';

export const conflictFields = {
  forceConflicts: z
    .boolean()
    .default(false)
    .describe(
      'Take fields back that somebody else has changed, such as moved hosts: `--force-conflicts` of Helm 4; Helm 3 always does',
    ),
};

/**
 * `--force-conflicts` where it is asked for and Helm takes it: only where it applies on the server, as it did with this
 * revision. By itself it goes on as before: for an upgrade as with the latest revision, for a rollback as with its aim.
 */
export async function forcing(
  { forceConflicts }: { forceConflicts: boolean },
  view: ReleaseView,
  revision: number | undefined,
): Promise<string[]> {
  if (!forceConflicts || revision === undefined) return [];
  return (await view.isServerSide(revision)) ? ['--force-conflicts'] : [];
}
