import type { Condition, Operation, Revision, RunState, Service } from './resource.ts';
import { shortName } from './resource.ts';
import { resolved } from './traffic.ts';
import { newEtag } from './update.ts';

/** google.rpc.Code, by number. */
const failedPrecondition = 9;

type Progress = 'ongoing' | 'done' | { failed: string };

function revisionOf(state: RunState, service: Service, name: string | undefined): Revision | undefined {
  return state.revisions[`${service.name}/revisions/${name}`];
}

/** The revisions that an update needs: the one that it makes, and those that get traffic or a tag. */
function neededBy(state: RunState, service: Service, { revision }: Operation): Revision[] {
  const own = revision === undefined ? undefined : shortName(revision);
  const names = new Set([own, ...service.traffic.map((target) => target.revision)]);
  return [...names].flatMap((name) => revisionOf(state, service, name) ?? []);
}

function progressOf(state: RunState, service: Service, now: number, operation: Operation): Progress {
  if (now < operation.due) return 'ongoing';
  if (service.generation !== operation.generation) return 'done';
  const needed = neededBy(state, service, operation);
  const failed = needed.find((revision) => revision.state === 'failed');
  if (failed !== undefined) return { failed: unready(failed) };
  return needed.some((revision) => revision.state === 'starting') ? 'ongoing' : 'done';
}

function unready({ name, message = '' }: Revision): string {
  return `Revision '${shortName(name)}' is not ready and cannot serve traffic. ${message}`.trim();
}

/** Brings every operation forward that is due: the service's status follows, or tells why it can't. */
export function settle(state: RunState, now: number): boolean {
  let changed = false;
  for (const operation of Object.values(state.operations)) {
    const service = state.services[operation.service];
    if (operation.done || service === undefined) continue;
    const progress = progressOf(state, service, now, operation);
    if (progress === 'ongoing') continue;
    changed = true;
    operation.done = true;
    if (progress !== 'done') operation.error = { code: failedPrecondition, message: progress.failed };
    if (service.generation === operation.generation) {
      state.services[service.name] = settled(state, service, progress, new Date(now).toISOString());
    }
  }
  return changed;
}

/**
 * After a failure the observed generation, the traffic in force and the latest ready revision stay those of before
 * (comment on `reconciling` in google/cloud/run/v2/service.proto). Traffic alone can be moved past a latest revision
 * that is broken; the service goes on being told as not ready.
 */
function settled(state: RunState, service: Service, progress: Progress, at: string): Service {
  const base = { ...service, reconciling: false, updateTime: at, etag: newEtag() };
  if (typeof progress === 'object') return { ...base, terminalCondition: notReady(progress.failed, at) };
  const created = revisionOf(state, service, service.latestCreatedRevision);
  const latestReadyRevision =
    created?.state === 'ready' ? service.latestCreatedRevision : service.latestReadyRevision;
  const next = { ...base, latestReadyRevision };
  const ready: Condition = { type: 'Ready', state: 'CONDITION_SUCCEEDED', lastTransitionTime: at };
  return {
    ...next,
    observedGeneration: service.generation,
    trafficStatuses: resolved(next),
    terminalCondition: created?.state === 'failed' ? notReady(unready(created), at) : ready,
  };
}

function notReady(message: string, at: string): Condition {
  const reason = 'HEALTH_CHECK_CONTAINER_ERROR';
  return {
    type: 'Ready',
    state: 'CONDITION_FAILED',
    revisionReason: reason,
    message,
    lastTransitionTime: at,
  };
}
