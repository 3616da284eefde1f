import type { GoogleAnswer, GoogleCall, GoogleRoute } from '../call.ts';
import { refusal } from '../refusal.ts';
import type { RunState } from './resource.ts';
import { missing, type UpdateParts, updateService } from './update.ts';
import { operationView, revisionView, serviceView, type UriOf } from './view.ts';

export interface RunParts extends UpdateParts {
  state: RunState;
  uriOf: UriOf;
  /** Waits until an operation is done, or this many milliseconds. */
  wait(operation: string, atMost: number): Promise<void>;
}

const parent = '/v2/projects/{project}/locations/{location}';

/** `projects/P/locations/L/services/S` of a call. */
function nameOf({ params }: GoogleCall): string {
  return `projects/${params.project}/locations/${params.location}/services/${params.service}`;
}

function page(call: GoogleCall, name: string, items: unknown[]): GoogleAnswer {
  const size = Number(call.query.get('pageSize') ?? 100) || 100;
  const from = Number(call.query.get('pageToken') ?? 0);
  const next = from + size < items.length ? { nextPageToken: String(from + size) } : {};
  return { status: 200, body: { [name]: items.slice(from, from + size) as never, ...next } };
}

/** The methods of Cloud Run Admin v2 that are used (https://cloud.google.com/run/docs/reference/rest/v2). */
export function runRoutes(parts: RunParts): GoogleRoute[] {
  const { state, uriOf } = parts;
  const paged = ['pageSize', 'pageToken', 'showDeleted'];
  return [
    { method: 'GET', path: `${parent}/services`, query: paged, handle: (call) => services(parts, call) },
    {
      method: 'GET',
      path: `${parent}/services/{service}`,
      handle: (call) => {
        const service = state.services[nameOf(call)];
        if (service === undefined) throw missing(nameOf(call));
        return { status: 200, body: serviceView(service, uriOf) };
      },
    },
    {
      method: 'PATCH',
      path: `${parent}/services/{service}`,
      query: ['updateMask', 'validateOnly', 'allowMissing'],
      handle: (call) => patch(parts, call),
    },
    {
      method: 'GET',
      path: `${parent}/services/{service}/revisions`,
      query: paged,
      handle: (call) => revisions(parts, call),
    },
    {
      method: 'GET',
      path: `${parent}/services/{service}/revisions/{revision}`,
      handle: (call) => {
        const found = state.revisions[`${nameOf(call)}/revisions/${call.params.revision}`];
        if (found === undefined) {
          throw refusal('NOT_FOUND', `Resource '${call.params.revision}' of kind 'REVISION' does not exist.`);
        }
        return { status: 200, body: revisionView(found) };
      },
    },
    { method: 'GET', path: `${parent}/operations/{operation}`, handle: (call) => operation(parts, call) },
    {
      method: 'POST',
      path: `${parent}/operations/{operation}:wait`,
      handle: async (call) => {
        const given = (call.body ?? {}) as { timeout?: string };
        const seconds = Number.parseFloat(given.timeout ?? '30');
        await parts.wait(operationName(call), (Number.isFinite(seconds) ? seconds : 30) * 1_000);
        return operation(parts, call);
      },
    },
  ];
}

function services({ state, uriOf }: RunParts, call: GoogleCall): GoogleAnswer {
  const prefix = `projects/${call.params.project}/locations/${call.params.location}/services/`;
  const found = Object.values(state.services).filter(({ name }) => name.startsWith(prefix));
  return page(
    call,
    'services',
    found.map((service) => serviceView(service, uriOf)),
  );
}

function revisions({ state }: RunParts, call: GoogleCall): GoogleAnswer {
  const found = Object.values(state.revisions)
    .filter(({ service }) => service === nameOf(call))
    .sort((a, b) => b.createTime.localeCompare(a.createTime));
  return page(call, 'revisions', found.map(revisionView));
}

function operationName({ params }: GoogleCall): string {
  return `projects/${params.project}/locations/${params.location}/operations/${params.operation}`;
}

function operation({ state, uriOf }: RunParts, call: GoogleCall): GoogleAnswer {
  const found = state.operations[operationName(call)];
  if (found === undefined) throw refusal('NOT_FOUND', `Operation '${operationName(call)}' was not found.`);
  return { status: 200, body: operationView(state, found, uriOf) };
}

function patch(parts: RunParts, call: GoogleCall): GoogleAnswer {
  const validateOnly = call.query.get('validateOnly') === 'true';
  const mask = call.query.get('updateMask');
  const begun = updateService(parts, nameOf(call), call.body, { mask, validateOnly });
  return { status: 200, body: operationView(parts.state, begun, parts.uriOf), changed: !validateOnly };
}
