import type { Json } from '../../../src/core/json.ts';
import type { Operation, Revision, RunState, Service, Target } from './resource.ts';
import { shortName } from './resource.ts';

/** Where a service is reached, or one of its tags. */
export type UriOf = (service: string, tag?: string) => string;

function statusOf(service: Service, target: Target, uriOf: UriOf): Json {
  const uri = target.tag === undefined ? {} : { uri: uriOf(shortName(service.name), target.tag) };
  return { ...target, ...uri } as Json;
}

/** A service as v2 tells it: `int64` as text, full names of revisions in its own fields. */
export function serviceView(service: Service, uriOf: UriOf): Json {
  const { generation, observedGeneration, latestReadyRevision, latestCreatedRevision, ...rest } = service;
  const uri = uriOf(shortName(service.name));
  return {
    ...(rest as unknown as { [key: string]: Json }),
    generation: String(generation),
    observedGeneration: String(observedGeneration),
    latestReadyRevision: `${service.name}/revisions/${latestReadyRevision}`,
    latestCreatedRevision: `${service.name}/revisions/${latestCreatedRevision}`,
    conditions: [],
    trafficStatuses: service.trafficStatuses.map((target) => statusOf(service, target, uriOf)),
    uri,
    urls: [uri],
    launchStage: 'GA',
  };
}

const states = {
  starting: 'CONDITION_RECONCILING',
  ready: 'CONDITION_SUCCEEDED',
  failed: 'CONDITION_FAILED',
};

export function revisionView(revision: Revision): Json {
  const { revision: _, ...template } = revision.template;
  const message = revision.message === undefined ? {} : { message: revision.message };
  const condition = {
    type: 'Ready',
    state: states[revision.state],
    lastTransitionTime: revision.createTime,
    ...message,
  };
  return {
    ...(template as unknown as { [key: string]: Json }),
    name: revision.name,
    uid: revision.uid,
    generation: '1',
    observedGeneration: '1',
    createTime: revision.createTime,
    updateTime: revision.createTime,
    service: shortName(revision.service),
    reconciling: revision.state === 'starting',
    conditions: [condition],
    etag: `"${revision.uid.slice(0, 8)}"`,
  };
}

const ofService = 'type.googleapis.com/google.cloud.run.v2.Service';

export function operationView(state: RunState, operation: Operation, uriOf: UriOf): Json {
  const service = state.services[operation.service];
  const typed = {
    '@type': ofService,
    ...(service && (serviceView(service, uriOf) as { [key: string]: Json })),
  };
  const { name, done, error } = operation;
  if (!done) return { name, metadata: typed };
  return { name, metadata: typed, done, ...(error === undefined ? { response: typed } : { error }) };
}
