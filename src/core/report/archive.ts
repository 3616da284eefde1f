import type { Connection, Plan } from '../rollout/plan.ts';
import type { RolloutState } from '../rollout/state.ts';
import { isEnded } from '../rollout/status.ts';

/** The kinds of connections that keep artefacts. */
export const archiveKinds = ['folder', 's3', 'gcs'];

/**
 * The connection of an environment that keeps what the bot stores by itself: the one named `reports`, else the only
 * one that keeps artefacts. Of several the bot chooses none.
 */
export function archiveOf(connections: Readonly<Record<string, Connection>>): Connection | undefined {
  const archives = Object.entries(connections).filter(([, { kind }]) => archiveKinds.includes(kind));
  const named = archives.find(([name]) => name === 'reports');
  const [only, second] = archives;
  return named?.[1] ?? (second === undefined ? only?.[1] : undefined);
}

/** Where the report of a rollout is still to be stored: it ran, has ended, and no report of its end lies anywhere. */
export function archiveDue(plan: Plan, state: RolloutState): Connection | undefined {
  if (!isEnded(plan, state) || state.startedAt === undefined || state.report !== undefined) return undefined;
  return archiveOf(plan.environment.connections);
}
