import type { Condition, Operation, Revision, RunState, Service } from './resource.ts';
import { shortName } from './resource.ts';
import { resolved } from './traffic.ts';
import { newEtag } from './update.ts';

/** google.rpc.Code, by number. */
const failedPrecondition = 9;

type Progress = 'ongoing' | 'done' | { failed: string; revision: boolean };

/** The revisions that an update needs: the one that it created, and those that get traffic or a tag. */
function neededBy(state: RunState, service: Service): Revision[] {
  const names = [service.latestCreatedRevision, ...service.traffic.flatMap(({ revision }) => revision ?? [])];
  return [...new Set(names)].flatMap((name) => state.revisions[`${service.name}/revisions/${name}`] ?? []);
}

function progressOf(state: RunState, service: Service, now: number, operation: Operation): Progress {
  if (now < operation.due) return 'ongoing';
  if (service.generation !== operation.generation) return 'done';
  const needed = neededBy(state, service);
  const failed = needed.find((revision) => revision.state === 'failed');
  const isNew = failed !== undefined && shortName(failed.name) === service.latestCreatedRevision;
  const isUsed = service.traffic.some(({ revision }) => failed && revision === shortName(failed.name));
  if (
    failed !== undefined &&
    (isUsed || (isNew && service.latestReadyRevision !== service.latestCreatedRevision))
  ) {
    const why = `Revision '${shortName(failed.name)}' is not ready and cannot serve traffic. ${failed.message ?? ''}`;
    return { failed: why.trim(), revision: true };
  }
  return needed.some((revision) => revision.state === 'starting') ? 'ongoing' : 'done';
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
 * (comment on `reconciling` in google/cloud/run/v2/service.proto).
 */
function settled(state: RunState, service: Service, progress: Progress, at: string): Service {
  const condition = { type: 'Ready', lastTransitionTime: at };
  const base = { ...service, reconciling: false, updateTime: at, etag: newEtag() };
  if (typeof progress === 'object') {
    const failed: Condition = {
      ...condition,
      state: 'CONDITION_FAILED',
      revisionReason: 'HEALTH_CHECK_CONTAINER_ERROR',
      message: progress.failed,
    };
    return { ...base, terminalCondition: failed };
  }
  const created = state.revisions[`${service.name}/revisions/${service.latestCreatedRevision}`];
  const latestReadyRevision =
    created?.state === 'ready' ? service.latestCreatedRevision : service.latestReadyRevision;
  const next = { ...base, latestReadyRevision };
  return {
    ...next,
    observedGeneration: service.generation,
    trafficStatuses: resolved(next),
    terminalCondition: { ...condition, state: 'CONDITION_SUCCEEDED' },
  };
}
