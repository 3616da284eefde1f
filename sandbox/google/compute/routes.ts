import type { Json } from '../../../src/core/json.ts';
import type { GoogleAnswer, GoogleCall, GoogleRoute } from '../call.ts';
import { type ComputeParts, changeCertificates, notFound } from './proxies.ts';
import { type Certificate, type ComputeOperation, managedStatus, type TargetProxy } from './resource.ts';

const base = '/compute/v1/projects/{project}';
const link = (project: string, path: string): string =>
  `https://www.googleapis.com/compute/v1/projects/${project}/global/${path}`;

function certificateView(project: string, certificate: Certificate): Json {
  const { domainStatus, ...rest } = certificate;
  const managed = { domains: Object.keys(domainStatus), domainStatus, status: managedStatus(certificate) };
  return {
    ...rest,
    kind: 'compute#sslCertificate',
    selfLink: link(project, `sslCertificates/${certificate.name}`),
    ...(certificate.type === 'MANAGED' ? { managed } : {}),
  } as Json;
}

function proxyView(project: string, proxy: TargetProxy): Json {
  return {
    ...proxy,
    kind: 'compute#targetHttpsProxy',
    selfLink: link(project, `targetHttpsProxies/${proxy.name}`),
    sslCertificates: proxy.sslCertificates.map((name) => link(project, `sslCertificates/${name}`)),
  };
}

function operationView(operation: ComputeOperation): Json {
  const { project, name, id, operationType, target, requestId, insertTime, done } = operation;
  return {
    kind: 'compute#operation',
    name,
    id,
    operationType,
    insertTime,
    status: done ? 'DONE' : 'RUNNING',
    progress: done ? 100 : 0,
    targetLink: link(project, `targetHttpsProxies/${target}`),
    selfLink: link(project, `operations/${name}`),
    ...(requestId === undefined ? {} : { clientOperationId: requestId }),
  };
}

function list(kind: string, project: string, items: Json[]): GoogleAnswer {
  return {
    status: 200,
    body: { kind: `compute#${kind}List`, id: `projects/${project}/global/${kind}s`, items },
  };
}

function ofProject<T>(all: Record<string, T>, project: string | undefined): T[] {
  return Object.entries(all)
    .filter(([key]) => key.startsWith(`${project}/`))
    .map(([, one]) => one);
}

/** The methods of Compute Engine v1 that are used (https://cloud.google.com/compute/docs/reference/rest/v1). */
export function computeRoutes(parts: ComputeParts): GoogleRoute[] {
  const { state } = parts;
  const listing = ['filter', 'maxResults', 'orderBy', 'pageToken', 'returnPartialSuccess'];
  const changing = ['requestId'];
  return [
    {
      method: 'GET',
      path: `${base}/global/sslCertificates`,
      query: listing,
      handle: ({ params: { project = '' } }) => {
        const found = ofProject(state.certificates, project);
        return list(
          'sslCertificate',
          project,
          found.map((one) => certificateView(project, one)),
        );
      },
    },
    {
      method: 'GET',
      path: `${base}/global/sslCertificates/{name}`,
      handle: ({ params: { project = '', name } }) => {
        const certificate = state.certificates[`${project}/${name}`];
        if (certificate === undefined) throw notFound(project, 'sslCertificates', name);
        return { status: 200, body: certificateView(project, certificate) };
      },
    },
    {
      method: 'GET',
      path: `${base}/global/targetHttpsProxies/{name}`,
      handle: ({ params: { project = '', name } }) => {
        const proxy = state.proxies[`${project}/${name}`];
        if (proxy === undefined) throw notFound(project, 'targetHttpsProxies', name);
        return { status: 200, body: proxyView(project, proxy) };
      },
    },
    {
      method: 'PATCH',
      path: `${base}/global/targetHttpsProxies/{proxy}`,
      query: changing,
      handle: (call) => change(parts, call, 'patch'),
    },
    {
      method: 'POST',
      path: `${base}/targetHttpsProxies/{proxy}/setSslCertificates`,
      query: changing,
      handle: (call) => change(parts, call, 'SetSslCertificates'),
    },
    {
      method: 'GET',
      path: `${base}/global/operations/{name}`,
      handle: (call) => operation(parts, call),
    },
    {
      method: 'POST',
      path: `${base}/global/operations/{name}/wait`,
      handle: (call) => operation(parts, call),
    },
  ];
}

function change(parts: ComputeParts, call: GoogleCall, method: 'patch' | 'SetSslCertificates'): GoogleAnswer {
  const { operation: begun, changed } = changeCertificates(parts, call, method);
  return { status: 200, body: operationView(begun), changed };
}

function operation({ state }: ComputeParts, { params: { project = '', name } }: GoogleCall): GoogleAnswer {
  const found = state.operations[`${project}/${name}`];
  if (found === undefined) throw notFound(project, 'operations', name);
  return { status: 200, body: operationView(found) };
}
