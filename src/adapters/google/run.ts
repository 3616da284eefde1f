import { z } from 'zod';
import type {
  CloudRun,
  Ingress,
  OperationState,
  RunChange,
  RunRevision,
  RunService,
} from '../../ports/google.ts';
import { ServiceError } from '../../ports/service.ts';
import { googleCalls } from './calls.ts';
import { endpointOf, type GoogleConnection, type GoogleDependencies } from './connection.ts';
import { byIngress, ingressOf, sharesOf, targetSchema, targetsOf } from './run-words.ts';

const conditionSchema = z.object({ state: z.string(), message: z.string().default('') });
const templateSchema = z.looseObject({
  containers: z
    .array(z.looseObject({ image: z.string(), env: z.array(z.looseObject({ name: z.string() })).optional() }))
    .min(1),
});
const count = z.coerce.number().int();

/** The fields of a service that are used (google.cloud.run.v2.Service). */
const serviceSchema = z.object({
  etag: z.string(),
  generation: count.default(0),
  observedGeneration: count.default(0),
  reconciling: z.boolean().default(false),
  ingress: z.string().optional(),
  annotations: z.record(z.string(), z.string()).default({}),
  template: templateSchema,
  traffic: z.array(targetSchema).default([]),
  trafficStatuses: z.array(targetSchema).default([]),
  terminalCondition: conditionSchema.default({ state: '', message: '' }),
  latestReadyRevision: z.string().default(''),
  latestCreatedRevision: z.string().default(''),
  uri: z.string().optional(),
});
type Service = z.infer<typeof serviceSchema>;

const revisionSchema = z.object({
  containers: z.array(z.object({ image: z.string() })).min(1),
  conditions: z
    .array(z.object({ type: z.string(), state: z.string(), message: z.string().default('') }))
    .default([]),
});

const operationSchema = z.object({
  name: z.string(),
  done: z.boolean().default(false),
  error: z.object({ message: z.string().default('no reason given') }).optional(),
});

/** The annotation by which a change is found again. */
const markKey = 'cutover/change';

const shortName = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** Settled means: nothing is being brought about, and what was asked for last was seen, or was given up with a reason. */
function stateOf({
  reconciling,
  generation,
  observedGeneration,
  terminalCondition,
}: Service): RunService['state'] {
  if (reconciling) return 'changing';
  if (terminalCondition.state === 'CONDITION_FAILED') return { failed: terminalCondition.message };
  return observedGeneration === generation && terminalCondition.state === 'CONDITION_SUCCEEDED'
    ? 'ready'
    : 'changing';
}

function readService(name: string, service: Service): RunService {
  const tags = service.trafficStatuses.flatMap(({ tag, uri }) => (tag && uri ? [[tag, uri] as const] : []));
  return {
    name,
    etag: service.etag,
    generation: service.generation,
    state: stateOf(service),
    wanted: sharesOf(service.traffic),
    serving: sharesOf(service.trafficStatuses.map((target) => ({ ...target, type: undefined }))),
    ingress: ingressOf(service.ingress),
    image: service.template.containers[0]?.image ?? '',
    latestReady: shortName(service.latestReadyRevision),
    latestCreated: shortName(service.latestCreatedRevision),
    mark: service.annotations[markKey],
    url: service.uri,
    tagUrls: Object.fromEntries(tags),
  };
}

type Env = { name: string; [key: string]: unknown };

/** The template that stands, with another name, image and further variables in its first container. */
function templateOf(service: Service, { name, image, env }: NonNullable<RunChange['revision']>): object {
  const [first, ...others] = service.template.containers;
  const kept: Env[] = (first?.env ?? []).filter((variable) => !Object.hasOwn(env, variable.name));
  const added: Env[] = Object.entries(env).map(([key, value]) => ({ name: key, value }));
  const variables = [...kept, ...added];
  const container = { ...first, image, ...(variables.length === 0 ? {} : { env: variables }) };
  return { ...service.template, revision: name, containers: [container, ...others] };
}

/** The body of an update and its mask: just the fields that change, and the mark. */
function bodyOf(service: Service, { etag, mark, traffic, ingress, revision }: RunChange) {
  const fields = {
    ...(traffic === undefined ? {} : { traffic: targetsOf(traffic) }),
    ...(ingress === undefined ? {} : { ingress: byIngress[ingress satisfies Ingress] }),
    ...(revision === undefined ? {} : { template: templateOf(service, revision) }),
    annotations: { ...service.annotations, [markKey]: mark },
  };
  return { body: { etag, ...fields }, updateMask: Object.keys(fields).join(',') };
}

/** Cloud Run by its Admin API v2 (https://cloud.google.com/run/docs/reference/rest/v2). */
export function cloudRun(connection: GoogleConnection, dependencies: GoogleDependencies): CloudRun {
  const call = googleCalls('Cloud Run', endpointOf('run', connection, dependencies.env), dependencies);
  const parent = `projects/${connection.project}/locations/${connection.region}`;
  const pathOf = (service: string): string => `/${parent}/services/${encodeURIComponent(service)}`;
  const read = (service: string, signal: AbortSignal): Promise<Service> =>
    call({ method: 'GET', path: pathOf(service), schema: serviceSchema }, signal);

  async function revision(
    service: string,
    name: string,
    signal: AbortSignal,
  ): Promise<RunRevision | undefined> {
    const path = `${pathOf(service)}/revisions/${encodeURIComponent(name)}`;
    try {
      const found = await call({ method: 'GET', path, schema: revisionSchema }, signal);
      const ready = found.conditions.find(({ type }) => type === 'Ready');
      const failed = ready?.state === 'CONDITION_FAILED' ? { failed: ready.message } : undefined;
      const state = failed ?? (ready?.state === 'CONDITION_SUCCEEDED' ? 'ready' : 'starting');
      return { name, image: found.containers[0]?.image ?? '', state };
    } catch (error) {
      if (error instanceof ServiceError && error.reason === 'missing') return undefined;
      throw error;
    }
  }

  return {
    service: async (name, signal) => readService(name, await read(name, signal)),
    revision,
    async update(name, change, signal) {
      const service = await read(name, signal);
      if (service.etag !== change.etag) {
        throw new ServiceError('conflict', `Cloud Run: the service ${name} was changed since it was read`);
      }
      const { body, updateMask } = bodyOf(service, change);
      const request = {
        method: 'PATCH',
        path: pathOf(name),
        query: { updateMask },
        body,
        guarded: true,
      } as const;
      return (await call({ ...request, schema: operationSchema }, signal)).name;
    },
    async operation(name, signal): Promise<OperationState> {
      const { done, error } = await call(
        { method: 'GET', path: `/${name}`, schema: operationSchema },
        signal,
      );
      if (error !== undefined) return { failed: error.message };
      return done ? 'done' : 'running';
    },
  };
}
