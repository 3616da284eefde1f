import { randomUUID } from 'node:crypto';
import { canonicalJson, type Json } from '../../../src/core/json.ts';
import { refusal } from '../refusal.ts';
import { faultIn, maskOf, type Proto, settable } from '../shape.ts';
import {
  byLatest,
  type Operation,
  type Revision,
  type RunState,
  type Service,
  serviceSchema,
  shortName,
} from './resource.ts';
import { checkTraffic } from './traffic.ts';

type Body = { [key: string]: Json };

export interface UpdateParts {
  proto: Proto;
  state: RunState;
  now(): number;
  /** Milliseconds that an operation takes. */
  operationTime(): number;
  /** Begins to run a revision; it is ready or failed some time later. */
  begin(revision: Revision): void;
}

/** Labels and annotations of these namespaces are refused by the v2 API. */
const reserved =
  /^(?:[a-z-]+\.)?(?:run\.googleapis\.com|cloud\.googleapis\.com|serving\.knative\.dev|autoscaling\.knative\.dev)\//;
const revisionName = /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** Puts the masked fields of the body in place of the service's; without a mask all that can be set. */
function merged(proto: Proto, service: Service, body: Body, mask: string | null): Service {
  const fields = mask === null || mask === '*' ? settable(proto, 'Service') : maskOf(proto, 'Service', mask);
  const next: Body = structuredClone(service) as unknown as Body;
  for (const path of fields) {
    if (path === 'name' || path === 'etag') continue;
    put(next, path.split('.'), body);
  }
  if (!Array.isArray(next.traffic) || next.traffic.length === 0)
    next.traffic = [{ type: byLatest, percent: 100 }];
  next.ingress ??= 'INGRESS_TRAFFIC_ALL';
  if (next.template === undefined)
    throw refusal('INVALID_ARGUMENT', 'service.template is required.', 'service');
  const parsed = serviceSchema.safeParse(next);
  if (parsed.success) return parsed.data;
  const where = `service.${parsed.error.issues[0]?.path.join('.')}`;
  throw refusal('INVALID_ARGUMENT', `${where}: ${parsed.error.issues[0]?.message}`, where);
}

function put(target: Body, [step = '', ...rest]: string[], source: Json | undefined): void {
  const given = isObject(source) ? source[step] : undefined;
  if (rest.length > 0) {
    const inner = target[step];
    if (isObject(inner)) put(inner, rest, given);
  } else if (given === undefined || given === null) {
    delete target[step];
  } else {
    target[step] = given;
  }
}

function isObject(value: Json | undefined): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkWords(service: Service): void {
  const given = [service.labels, service.annotations, service.template.labels, service.template.annotations];
  const system = given.flatMap((words) => Object.keys(words ?? {})).find((name) => reserved.test(name));
  if (system !== undefined) {
    throw refusal('INVALID_ARGUMENT', `System label or annotation "${system}" is not supported.`, 'service');
  }
  if (service.ingress === 'INGRESS_TRAFFIC_UNSPECIFIED') {
    throw refusal('INVALID_ARGUMENT', 'service.ingress must be specified.', 'service.ingress');
  }
}

/** The revision that a new template asks for; undefined when the latest one is of this template already. */
function wantedRevision(state: RunState, service: Service, before: Service): Revision | undefined {
  const { revision: named, ...template } = service.template;
  const { revision: _, ...earlier } = before.template;
  if (named === undefined && canonicalJson(template) === canonicalJson(earlier)) return undefined;
  const id = shortName(service.name);
  const name =
    named ?? `${id}-${String(service.generation + 1).padStart(5, '0')}-${randomUUID().slice(0, 3)}`;
  if (!name.startsWith(`${id}-`) || !revisionName.test(name)) {
    const text = `Revision name must be prefixed by the service name and a dash, be lower-case and have at most 63 characters, got "${name}".`;
    throw refusal('INVALID_ARGUMENT', text, 'service.template.revision');
  }
  const full = `${service.name}/revisions/${name}`;
  const known = state.revisions[full];
  if (known !== undefined) {
    const { revision: __, ...its } = known.template;
    if (canonicalJson(its) === canonicalJson(template)) return undefined;
    throw refusal('ALREADY_EXISTS', `Revision named '${name}' with different configuration already exists.`);
  }
  return {
    name: full,
    service: service.name,
    uid: randomUUID(),
    createTime: '',
    template: service.template,
    state: 'starting',
  };
}

/** `services.patch`: checks the body as Google does, takes it and answers the operation that brings it about. */
export function updateService(
  parts: UpdateParts,
  name: string,
  body: Json | undefined,
  options: { mask: string | null; validateOnly: boolean },
): Operation {
  const { proto, state } = parts;
  const fault = faultIn(proto, 'Service', body, 'service');
  if (fault !== undefined) throw fault;
  const before = state.services[name];
  if (before === undefined) throw missing(name);
  const given = body as Body;
  const next = merged(proto, before, given, options.mask);
  if (given.etag !== undefined && given.etag !== before.etag) {
    const text = `Conflict for resource '${shortName(name)}': version '${given.etag}' was specified but current version is '${before.etag}'.`;
    throw refusal('ABORTED', text);
  }
  checkWords(next);
  const revision = wantedRevision(state, next, before);
  const isKnown = (short: string): boolean =>
    state.revisions[`${name}/revisions/${short}`] !== undefined ||
    revision?.name === `${name}/revisions/${short}`;
  checkTraffic(next.traffic, isKnown);
  return accept(parts, next, revision, options.validateOnly);
}

function accept(parts: UpdateParts, next: Service, revision: Revision | undefined, dry: boolean): Operation {
  const { state, now, operationTime, begin } = parts;
  const at = new Date(now()).toISOString();
  const [, project = '', , location = ''] = next.name.split('/');
  const operation: Operation = {
    name: `projects/${project}/locations/${location}/operations/${randomUUID()}`,
    service: next.name,
    generation: next.generation + 1,
    ...(revision === undefined ? {} : { revision: revision.name }),
    due: dry ? now() : now() + operationTime(),
    done: dry,
  };
  if (dry) return operation;
  if (revision !== undefined) {
    state.revisions[revision.name] = { ...revision, createTime: at };
    begin({ ...revision, createTime: at });
  }
  state.services[next.name] = {
    ...next,
    generation: next.generation + 1,
    etag: newEtag(),
    updateTime: at,
    reconciling: true,
    terminalCondition: { type: 'Ready', state: 'CONDITION_RECONCILING', lastTransitionTime: at },
    ...(revision === undefined ? {} : { latestCreatedRevision: shortName(revision.name) }),
  };
  state.operations[operation.name] = operation;
  return operation;
}

/** An ETag as Cloud Run writes them: quotation marks are part of it. */
export function newEtag(): string {
  return `"${Buffer.from(randomUUID()).toString('base64').slice(0, 20)}"`;
}

export function missing(name: string) {
  const [, project, , location] = name.split('/');
  const text = `Resource '${shortName(name)}' of kind 'SERVICE' in region '${location}' in project '${project}' does not exist.`;
  return refusal('NOT_FOUND', text);
}
