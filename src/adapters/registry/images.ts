import { z } from 'zod';
import { sha256 } from '../../core/json.ts';
import type { Connection } from '../../core/rollout/plan.ts';
import type { FoundImage, ImageRegistry } from '../../ports/images.ts';
import { ServiceError } from '../../ports/service.ts';
import { type ServiceAnswer, type ServiceCall, serviceCalls } from '../service/calls.ts';
import {
  readConnection,
  type ServiceDependencies,
  secretReference,
  secretValue,
} from '../service/connection.ts';
import { readChallenge } from './challenge.ts';

export const registryConnectionSchema = z
  .strictObject({
    kind: z.literal('oci'),
    registry: z
      .string()
      .regex(/^(https?:\/\/)?[A-Za-z0-9.-]+(:\d+)?$/, 'a host such as ghcr.io, or an address without a path'),
    username: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Absent: nobody, and for Google’s registries (`*.pkg.dev`, `gcr.io`) the worker’s own account',
      ),
    password: secretReference.optional(),
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    error: 'username and password stand together',
  });
type RegistryConnection = z.infer<typeof registryConnectionSchema>;

const indexTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const manifestTypes = [
  ...indexTypes,
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

const tokenSchema = z
  .object({ token: z.string().optional(), access_token: z.string().optional() })
  .transform(({ token, access_token }) => token ?? access_token)
  .pipe(z.string().min(1));
const platformSchema = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
});
const indexSchema = z.object({ manifests: z.array(z.object({ platform: platformSchema.optional() })) });
const manifestSchema = z.object({ config: z.object({ digest: z.string() }) });
const digestForm = /^sha256:[0-9a-f]{64}$/;

function baseOf(registry: string): string {
  if (registry === 'docker.io') return 'https://registry-1.docker.io';
  return registry.includes('://') ? registry : `https://${registry}`;
}

export interface RegistryDependencies extends ServiceDependencies {
  /** The worker's own access token for Google's registries. Rejects where the worker has no credentials. */
  googleToken?(endpoint: URL): Promise<string>;
}

/** Artifact Registry and what came before it. */
const ofGoogle = /(^|\.)(pkg\.dev|gcr\.io)$/;

/** A registry's answer to a request that it may first want a token for. */
function signedCalls(
  call: ServiceCall,
  connection: RegistryConnection,
  base: string,
  what: string,
  dependencies: RegistryDependencies,
) {
  const known = new Map<string, string>();

  /**
   * Google's registries take the worker's own account; without one a public image is still to be had.
   * Rule: https://cloud.google.com/artifact-registry/docs/docker/authentication#token
   */
  async function asWorker(): Promise<string | undefined> {
    const { googleToken } = dependencies;
    const { protocol, hostname } = new URL(base);
    if (googleToken === undefined || protocol !== 'https:' || !ofGoogle.test(hostname)) return undefined;
    const token = await googleToken(new URL(base)).catch(() => undefined);
    if (token === undefined) return undefined;
    return `Basic ${Buffer.from(`oauth2accesstoken:${token}`).toString('base64')}`;
  }

  async function basic(at: URL): Promise<string | undefined> {
    if (connection.username === undefined || connection.password === undefined)
      return at.host === new URL(base).host ? asWorker() : undefined;
    const password = await secretValue(what, connection.password, dependencies);
    return `Basic ${Buffer.from(`${connection.username}:${password}`).toString('base64')}`;
  }

  async function bearer(parameters: Record<string, string>, signal: AbortSignal): Promise<string> {
    const { realm = '', service, scope } = parameters;
    if (!URL.canParse(realm) || new URL(realm).protocol !== new URL(base).protocol) {
      throw new ServiceError('refused', `${what} names no place for tokens that can be trusted`);
    }
    const url = new URL(realm);
    if (service !== undefined) url.searchParams.set('service', service);
    if (scope !== undefined) url.searchParams.set('scope', scope);
    const authorization = await basic(url);
    const headers = authorization === undefined ? {} : { authorization };
    const answer = await call({ method: 'GET', url: url.href, headers }, signal);
    return `Bearer ${answer.read(tokenSchema)}`;
  }

  async function answerTo(answer: ServiceAnswer, signal: AbortSignal): Promise<string | undefined> {
    const challenge = readChallenge(answer.headers.get('www-authenticate'));
    if (challenge?.scheme === 'bearer') return bearer(challenge.parameters, signal);
    return challenge?.scheme === 'basic' ? basic(new URL(base)) : undefined;
  }

  /** `repository` keeps the tokens of one apart from those of another. */
  return async (
    repository: string,
    request: { method: string; path: string; headers?: Record<string, string> },
    signal: AbortSignal,
  ): Promise<ServiceAnswer> => {
    const { method, path, headers = {} } = request;
    const ask = (authorization: string | undefined, take: number[]) =>
      call(
        {
          method,
          url: `${base}/v2/${repository}/${path}`,
          headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
          take,
        },
        signal,
      );
    const first = await ask(known.get(repository), [401, 404]);
    if (first.status !== 401) return first;
    const authorization = await answerTo(first, signal);
    if (authorization === undefined) {
      throw new ServiceError(
        'refused',
        `${what} asks for a user and a password; give the connection a username and a password`,
      );
    }
    known.set(repository, authorization);
    return ask(authorization, [404]);
  };
}

/**
 * A registry over the OCI distribution API, with the token protocol that registries share.
 * Rules: https://github.com/opencontainers/distribution-spec/blob/main/spec.md and
 * https://distribution.github.io/distribution/spec/auth/token/
 */
export function imageRegistry(given: Connection, dependencies: RegistryDependencies): ImageRegistry {
  const connection = readConnection('the registry', registryConnectionSchema, given);
  const base = baseOf(connection.registry);
  const host = connection.registry.replace(/^https?:\/\//, '');
  const what = `the registry ${host}`;
  const call = signedCalls(serviceCalls(what, dependencies), connection, base, what, dependencies);
  const accept = { accept: manifestTypes.join(', ') };
  /** Docker Hub keeps its own images under a name that nobody writes. */
  const nameOf = (repository: string) =>
    host === 'docker.io' && !repository.includes('/') ? `library/${repository}` : repository;

  async function whole(name: string, reference: string, signal: AbortSignal) {
    const path = `manifests/${reference}`;
    return call(name, { method: 'GET', path, headers: accept }, signal);
  }

  /** A body that is what its digest says. */
  function proven(answer: ServiceAnswer, digest: string): ServiceAnswer {
    if (answer.status !== 404 && sha256(answer.bytes) === digest) return answer;
    throw new ServiceError('unreadable', `${what} gives something else for ${digest}`);
  }

  return {
    host,
    async find(repository, tagOrDigest, signal): Promise<FoundImage | undefined> {
      const name = nameOf(repository);
      const path = `manifests/${tagOrDigest}`;
      const answer = await call(name, { method: 'HEAD', path, headers: accept }, signal);
      if (answer.status === 404) return undefined;
      const named = answer.headers.get('docker-content-digest');
      const digest = named ?? sha256((await whole(name, tagOrDigest, signal)).bytes);
      if (!digestForm.test(digest) || (digestForm.test(tagOrDigest) && digest !== tagOrDigest)) {
        throw new ServiceError('unreadable', `${what} gives no digest for ${repository}:${tagOrDigest}`);
      }
      const mediaType = answer.headers.get('content-type')?.replace(/;.*$/s, '') ?? '';
      return { digest, mediaType };
    },
    async platforms(repository, { digest }, signal) {
      const name = nameOf(repository);
      const manifest = proven(await whole(name, digest, signal), digest);
      const mediaType = manifest.headers.get('content-type')?.replace(/;.*$/s, '') ?? '';
      if (indexTypes.includes(mediaType)) {
        const { manifests } = manifest.read(indexSchema);
        return manifests.flatMap(({ platform }) => (platform === undefined ? [] : platformName(platform)));
      }
      const { config } = manifest.read(manifestSchema);
      const blob = await call(name, { method: 'GET', path: `blobs/${config.digest}` }, signal);
      return platformName(proven(blob, config.digest).read(platformSchema));
    },
  };
}

/** Attestations are kept as a platform of their own, `unknown/unknown`. */
function platformName({ os, architecture, variant }: z.infer<typeof platformSchema>): string[] {
  return os === 'unknown' ? [] : [[os, architecture, ...(variant === undefined ? [] : [variant])].join('/')];
}
