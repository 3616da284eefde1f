import { canonicalJson, type Json } from '../../../src/core/json.ts';
import type { GoogleAnswer, GoogleCall, GoogleRoute } from '../call.ts';
import { refusal } from '../refusal.ts';
import { ownWords, templateOf, templateView } from './knative-template.ts';
import { byLatest, byRevision, type Service, shortName, type Target } from './resource.ts';
import type { RunParts } from './routes.ts';
import { missing, updateService } from './update.ts';

type Body = { [key: string]: Json };

const ingress = {
  INGRESS_TRAFFIC_ALL: 'all',
  INGRESS_TRAFFIC_INTERNAL_ONLY: 'internal',
  INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER: 'internal-and-cloud-load-balancing',
  INGRESS_TRAFFIC_NONE: 'none',
} as const;
const ingressKey = 'run.googleapis.com/ingress';
const base = '/apis/serving.knative.dev/v1/namespaces/{project}';

function targetView({ type, revision, percent, tag }: Target): Json {
  return {
    ...(type === byLatest ? { latestRevision: true } : {}),
    ...(revision === undefined ? {} : { revisionName: revision }),
    ...(percent === undefined ? {} : { percent }),
    ...(tag === undefined ? {} : { tag }),
  };
}

function conditions({ terminalCondition, reconciling }: Service): Json {
  const { state, message, lastTransitionTime } = terminalCondition;
  const status = reconciling ? 'Unknown' : state === 'CONDITION_SUCCEEDED' ? 'True' : 'False';
  const said = status === 'False' ? { reason: 'HealthCheckContainerError', message: message ?? '' } : {};
  return ['Ready', 'ConfigurationsReady', 'RoutesReady'].map((type) => ({
    type,
    status,
    lastTransitionTime,
    ...said,
  }));
}

/** A service as `gcloud run` reads it: the same state in the words of Knative. */
export function knativeView(service: Service, { uriOf }: Pick<RunParts, 'uriOf'>): Json {
  const [, project = '', , location = ''] = service.name.split('/');
  const way = ingress[service.ingress as keyof typeof ingress] ?? 'all';
  const url = uriOf(shortName(service.name));
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: {
      name: shortName(service.name),
      namespace: project,
      uid: service.uid,
      generation: service.generation,
      resourceVersion: service.etag.replaceAll('"', ''),
      creationTimestamp: service.createTime,
      labels: { ...service.labels, 'cloud.googleapis.com/location': location },
      annotations: { ...service.annotations, [ingressKey]: way, [`${ingressKey}-status`]: way },
    },
    spec: { template: templateView(service.template), traffic: service.traffic.map(targetView) },
    status: {
      observedGeneration: service.reconciling ? service.observedGeneration : service.generation,
      conditions: conditions(service),
      latestReadyRevisionName: service.latestReadyRevision,
      latestCreatedRevisionName: service.latestCreatedRevision,
      traffic: service.trafficStatuses.map((target) => ({
        ...(targetView({ ...target, type: byRevision }) as Body),
        ...(target.type === byLatest ? { latestRevision: true } : {}),
        ...(target.tag === undefined ? {} : { url: uriOf(shortName(service.name), target.tag) }),
      })),
      url,
      address: { url },
    },
  };
}

function found({ state }: RunParts, call: GoogleCall): Service {
  const { project, service } = call.params;
  const of = Object.values(state.services).filter(({ name }) => name.startsWith(`projects/${project}/`));
  const one = of.find(({ name }) => shortName(name) === service);
  if (one === undefined) throw missing(`projects/${project}/locations/-/services/${service}`);
  return one;
}

function targetOf(given: Json): Json {
  const { revisionName, latestRevision, percent, tag, ...unknown } = given as Body;
  const [strange] = Object.keys(unknown).filter((key) => key !== 'url');
  if (strange !== undefined)
    throw refusal('INVALID_ARGUMENT', `Unknown field spec.traffic.${strange}.`, 'spec.traffic');
  return {
    type: latestRevision === true ? byLatest : byRevision,
    ...(revisionName === undefined || latestRevision === true ? {} : { revision: revisionName }),
    ...(percent === undefined ? {} : { percent }),
    ...(tag === undefined ? {} : { tag }),
  };
}

interface Given {
  metadata: {
    resourceVersion?: string;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
  };
  spec: { template: Json; traffic: Json[] };
}

/** `replaceService`: traffic, ingress, annotations and the template. */
function replace(parts: RunParts, call: GoogleCall): GoogleAnswer {
  const service = found(parts, call);
  const { metadata, spec } = call.body as unknown as Given;
  const version = metadata.resourceVersion;
  if (version !== undefined && version !== service.etag.replaceAll('"', '')) {
    const text = `Conflict for resource '${call.params.service}': version '${version}' was specified but current version is '${service.etag.replaceAll('"', '')}'.`;
    throw refusal('ABORTED', text);
  }
  const template = templateOf(spec.template, service.template);
  const isNew = canonicalJson(template as Json) !== canonicalJson(service.template as Json);
  const way = metadata.annotations?.[ingressKey] ?? 'all';
  const wanted = Object.entries(ingress).find(([, name]) => name === way)?.[0];
  if (wanted === undefined) throw refusal('INVALID_ARGUMENT', `Unknown ingress "${way}".`, ingressKey);
  const body = {
    traffic: spec.traffic.map(targetOf),
    ingress: wanted,
    annotations: ownWords(metadata.annotations),
    ...(isNew ? { template: template as Json } : {}),
  };
  const mask = `traffic,ingress,annotations${isNew ? ',template' : ''}`;
  updateService(parts, service.name, body, { mask, validateOnly: false });
  return { status: 200, body: knativeView(found(parts, call), parts), changed: true };
}

/** What the real `gcloud run services` asks for: GET, then PUT. One state stands behind both views. */
export function knativeRoutes(parts: RunParts): GoogleRoute[] {
  return [
    {
      method: 'GET',
      path: `${base}/services`,
      query: ['limit', 'labelSelector', 'continue'],
      handle: ({ params }) => {
        const of = Object.values(parts.state.services).filter(({ name }) =>
          name.startsWith(`projects/${params.project}/`),
        );
        const items = of.map((service) => knativeView(service, parts));
        return { status: 200, body: { apiVersion: 'serving.knative.dev/v1', kind: 'ServiceList', items } };
      },
    },
    {
      method: 'GET',
      path: `${base}/services/{service}`,
      handle: (call) => ({ status: 200, body: knativeView(found(parts, call), parts) }),
    },
    { method: 'PUT', path: `${base}/services/{service}`, handle: (call) => replace(parts, call) },
  ];
}
