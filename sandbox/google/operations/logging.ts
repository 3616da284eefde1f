import { canonicalJson, type Json } from '../../../src/core/json.ts';
import type { GoogleAnswer, GoogleCall, GoogleRoute } from '../call.ts';
import { refusal } from '../refusal.ts';
import { faultIn, maskOf, type Proto } from '../shape.ts';
import type { OperationsState } from './resource.ts';

const path = '/v2/projects/{project}/locations/{location}/buckets/{bucket}';

function nameOf({ params }: GoogleCall): string {
  return `projects/${params.project}/locations/${params.location}/buckets/${params.bucket}`;
}

function read(state: OperationsState, call: GoogleCall): GoogleAnswer {
  const bucket = state.buckets[nameOf(call)];
  if (bucket === undefined) throw refusal('NOT_FOUND', `Bucket \`${call.params.bucket}\` does not exist`);
  return {
    status: 200,
    body: { name: nameOf(call), lifecycleState: 'ACTIVE', ...(bucket as Record<string, Json>) },
  };
}

function patch(proto: Proto, state: OperationsState, call: GoogleCall): GoogleAnswer {
  read(state, call);
  const fault = faultIn(proto, 'LogBucket', call.body, 'bucket');
  if (fault !== undefined) throw fault;
  const mask = call.query.get('updateMask');
  if (mask === null) throw refusal('INVALID_ARGUMENT', 'The update mask is required.', 'update_mask');
  const fields = maskOf(proto, 'LogBucket', mask);
  const bucket = state.buckets[nameOf(call)];
  const given = call.body as { retentionDays?: number; description?: string };
  if (bucket === undefined) return read(state, call);
  const { retentionDays = bucket.retentionDays, description = '' } = fields.includes('retentionDays')
    ? { retentionDays: Number.NaN, ...given }
    : { description: given.description };
  if (bucket.locked) throw refusal('FAILED_PRECONDITION', `Bucket \`${call.params.bucket}\` is locked.`);
  if (!(retentionDays >= 1 && retentionDays <= 3_650)) {
    throw refusal('INVALID_ARGUMENT', 'Retention must be between 1 and 3650 days.', 'bucket.retention_days');
  }
  const before = canonicalJson(bucket);
  bucket.retentionDays = retentionDays;
  if (fields.includes('description')) bucket.description = description;
  const changed = canonicalJson(bucket) !== before;
  return { ...read(state, call), changed };
}

/** Log buckets of Cloud Logging v2 (https://cloud.google.com/logging/docs/reference/v2/rest). */
export function loggingRoutes(proto: Proto, state: OperationsState): GoogleRoute[] {
  return [
    { method: 'GET', path, handle: (call) => read(state, call) },
    { method: 'PATCH', path, query: ['updateMask'], handle: (call) => patch(proto, state, call) },
  ];
}

/** Versions of secrets of Secret Manager v1; a value is given to nobody here. */
export function secretRoutes(state: OperationsState): GoogleRoute[] {
  const secret = '/v1/projects/{project}/secrets/{secret}';
  return [
    {
      method: 'GET',
      path: `${secret}/versions`,
      query: ['filter', 'pageSize', 'pageToken'],
      handle: ({ params }) => {
        const name = `projects/${params.project}/secrets/${params.secret}`;
        const states = state.secrets[name];
        if (states === undefined) throw refusal('NOT_FOUND', `Secret [${name}] not found.`);
        const versions = states.map(
          (each, index): Json => ({
            name: `${name}/versions/${index + 1}`,
            state: each,
            createTime: new Date(Date.parse('2026-01-05T09:00:00Z') + index * 86_400_000).toISOString(),
          }),
        );
        return { status: 200, body: { versions: versions.reverse(), totalSize: versions.length } };
      },
    },
    {
      method: 'GET',
      path: `${secret}/versions/{version}:access`,
      handle: () => {
        throw refusal('PERMISSION_DENIED', "Permission 'secretmanager.versions.access' denied on resource.");
      },
    },
  ];
}
