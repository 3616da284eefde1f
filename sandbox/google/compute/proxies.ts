import { createHash, randomInt, randomUUID } from 'node:crypto';
import type { Json } from '../../../src/core/json.ts';
import type { GoogleCall } from '../call.ts';
import { computeRefusal } from '../refusal.ts';
import { faultIn, type Proto } from '../shape.ts';
import type { ComputeOperation, ComputeState, TargetProxy } from './resource.ts';

export interface ComputeParts {
  proto: Proto;
  state: ComputeState;
  now(): number;
  operationTime(): number;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A number such as Compute Engine gives its resources. */
export function newId(): string {
  return `${randomInt(1e9, 1e10)}${randomInt(1e8, 1e9)}`;
}

/** The fingerprint of a proxy: another one after each change of its certificates. */
export function fingerprintOf(certificates: readonly string[], generation: string): string {
  return createHash('sha256')
    .update(JSON.stringify([certificates, generation]))
    .digest('base64')
    .slice(0, 11)
    .concat('=');
}

export function notFound(project: string, kind: string, name: string | undefined): Error {
  return computeRefusal(
    404,
    'notFound',
    `The resource 'projects/${project}/global/${kind}/${name}' was not found`,
  );
}

/** The short name of a certificate that a URL, a partial URL or `global/sslCertificates/NAME` names. */
function certificateOf(state: ComputeState, project: string, given: string): string {
  const match = /(?:^|\/)(?:projects\/([^/]+)\/)?global\/sslCertificates\/([a-z][-a-z0-9]*)$/.exec(given);
  if (match === null) {
    const text = `Invalid value for field 'resource.sslCertificates[0]': '${given}'. The URL is malformed.`;
    throw computeRefusal(400, 'invalid', text);
  }
  const [, of = project, name = ''] = match;
  if (of !== project || state.certificates[`${project}/${name}`] === undefined) {
    throw notFound(of, 'sslCertificates', name);
  }
  return name;
}

function checkRequestId(requestId: string | null): void {
  if (requestId === null || (uuid.test(requestId) && !/^[0-]+$/.test(requestId))) return;
  throw computeRefusal(
    400,
    'invalid',
    `Invalid value for field 'requestId': '${requestId}'. Must be a valid UUID.`,
  );
}

function wantedCertificates({ proto, state }: ComputeParts, message: string, call: GoogleCall): string[] {
  const fault = faultIn(proto, message, call.body, 'resource');
  if (fault !== undefined) throw computeRefusal(400, 'invalid', fault.message);
  const { sslCertificates: given } = call.body as { sslCertificates?: string[] };
  if (given === undefined || given.length === 0) {
    const text =
      "Invalid value for field 'resource.sslCertificates': ''. At least 1 SSL certificate must be specified.";
    throw computeRefusal(400, 'invalid', text);
  }
  if (given.length > 15) {
    throw computeRefusal(
      400,
      'invalid',
      "Invalid value for field 'resource.sslCertificates'. At most 15 are allowed.",
    );
  }
  return given.map((one) => certificateOf(state, call.params.project ?? '', one));
}

function proxyOf({ state }: ComputeParts, { params }: GoogleCall): TargetProxy {
  const proxy = state.proxies[`${params.project}/${params.proxy}`];
  if (proxy === undefined) throw notFound(params.project ?? '', 'targetHttpsProxies', params.proxy);
  return proxy;
}

/** The operation of an earlier request with the same id: a repetition is not taken up again. */
function earlier({ state }: ComputeParts, requestId: string | null): ComputeOperation | undefined {
  if (requestId === null) return undefined;
  return Object.values(state.operations).find((operation) => operation.requestId === requestId);
}

/** Changes a proxy's certificates: `patch` needs the current fingerprint, `setSslCertificates` takes none. */
export function changeCertificates(
  parts: ComputeParts,
  call: GoogleCall,
  method: 'patch' | 'SetSslCertificates',
): { operation: ComputeOperation; changed: boolean } {
  const requestId = call.query.get('requestId');
  checkRequestId(requestId);
  const proxy = proxyOf(parts, call);
  const message = method === 'patch' ? 'TargetHttpsProxy' : 'TargetHttpsProxiesSetSslCertificatesRequest';
  const known = earlier(parts, requestId);
  if (known !== undefined) return { operation: known, changed: false };
  const certificates = wantedCertificates(parts, message, call);
  const { fingerprint } = call.body as { fingerprint?: Json };
  if (method === 'patch' && fingerprint !== proxy.fingerprint) {
    throw computeRefusal(412, 'conditionNotMet', 'Invalid fingerprint.');
  }
  const { now, operationTime, state } = parts;
  const operation: ComputeOperation = {
    name: `operation-${now()}-${randomUUID().slice(0, 13)}`,
    id: newId(),
    project: call.params.project ?? '',
    operationType: method,
    target: proxy.name,
    ...(requestId === null ? {} : { requestId }),
    insertTime: new Date(now()).toISOString(),
    due: now() + operationTime(),
    done: false,
    certificates,
  };
  proxy.fingerprint = fingerprintOf(certificates, operation.name);
  state.operations[`${operation.project}/${operation.name}`] = operation;
  return { operation, changed: true };
}

/** Brings about what is due. */
export function settleCompute(state: ComputeState, now: number): boolean {
  const due = Object.values(state.operations).filter(({ done, due: at }) => !done && now >= at);
  for (const operation of due) {
    operation.done = true;
    const proxy = state.proxies[`${operation.project}/${operation.target}`];
    if (proxy !== undefined) proxy.sslCertificates = operation.certificates;
  }
  return due.length > 0;
}
