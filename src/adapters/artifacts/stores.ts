import { z } from 'zod';
import { suggestion } from '../../core/nearest.ts';
import { archiveKinds } from '../../core/report/archive.ts';
import type { Connection } from '../../core/rollout/plan.ts';
import type { ArtifactStore } from '../../ports/world.ts';
import { ArtifactError } from './error.ts';
import { folderStore } from './folder.ts';
import { gcsStore } from './gcs.ts';
import { s3Store } from './s3.ts';

export interface ArtifactDependencies {
  fetch: typeof globalThis.fetch;
  /** `AWS_*`, `S3_ENDPOINT`, `STORAGE_EMULATOR_HOST`, `CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE`. */
  env: Readonly<Record<string, string | undefined>>;
  /** An access token for Google Cloud Storage; absent: Application Default Credentials. */
  googleToken?: () => Promise<string | undefined>;
}

const bucket = z.string().regex(/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/, 'the name of a bucket');
const endpoint = z.url({ protocol: /^https?$/ }).optional();

export const archiveConnectionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('folder'), path: z.string().min(1) }),
  z.strictObject({ kind: z.literal('s3'), bucket, region: z.string().optional(), endpoint }),
  z.strictObject({ kind: z.literal('gcs'), bucket, endpoint }),
]);
type ArchiveConnection = z.infer<typeof archiveConnectionSchema>;

function required(env: ArtifactDependencies['env'], name: string): string {
  const value = env[name];
  if (value) return value;
  throw new ArtifactError('refused', `${name} is not set; a connection of the kind s3 needs it`);
}

async function defaultToken(): Promise<string | undefined> {
  const { GoogleAuth } = await import('google-auth-library');
  const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/devstorage.read_write' });
  return (await auth.getAccessToken()) ?? undefined;
}

function s3Of(
  connection: ArchiveConnection & { kind: 's3' },
  { env, fetch }: ArtifactDependencies,
): ArtifactStore {
  const server = connection.endpoint ?? (env.S3_ENDPOINT || undefined);
  return s3Store({
    bucket: connection.bucket,
    region: connection.region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || 'us-east-1'),
    accessKeyId: required(env, 'AWS_ACCESS_KEY_ID'),
    secretAccessKey: required(env, 'AWS_SECRET_ACCESS_KEY'),
    ...(env.AWS_SESSION_TOKEN ? { sessionToken: env.AWS_SESSION_TOKEN } : {}),
    ...(server === undefined ? {} : { endpoint: server }),
    fetch,
  });
}

function gcsOf(
  connection: ArchiveConnection & { kind: 'gcs' },
  dependencies: ArtifactDependencies,
): ArtifactStore {
  const { env, fetch, googleToken } = dependencies;
  const emulator = env.STORAGE_EMULATOR_HOST || undefined;
  const server =
    connection.endpoint ?? emulator ?? (env.CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE || undefined);
  const anonymous = emulator !== undefined && connection.endpoint === undefined;
  return gcsStore({
    bucket: connection.bucket,
    ...(server === undefined ? {} : { endpoint: server }),
    token: googleToken ?? (anonymous ? async () => undefined : defaultToken),
    fetch,
  });
}

/**
 * The store that a connection names: `{ kind: folder, path }`, `{ kind: s3, bucket, region?, endpoint? }` or
 * `{ kind: gcs, bucket, endpoint? }`. Throws `ArtifactError` for another kind, an unknown key, or missing
 * credentials.
 */
export function artifactStore(given: Connection, dependencies: ArtifactDependencies): ArtifactStore {
  if (!archiveKinds.includes(given.kind)) {
    const hint = suggestion(given.kind, archiveKinds);
    throw new ArtifactError('refused', `a connection of the kind ${given.kind} keeps no artefacts; ${hint}`);
  }
  const parsed = archiveConnectionSchema.safeParse(given);
  if (!parsed.success) {
    throw new ArtifactError(
      'refused',
      `the ${given.kind} connection is wrong: ${z.prettifyError(parsed.error)}`,
    );
  }
  const connection = parsed.data;
  switch (connection.kind) {
    case 'folder':
      return folderStore(connection.path);
    case 's3':
      return s3Of(connection, dependencies);
    case 'gcs':
      return gcsOf(connection, dependencies);
  }
}
