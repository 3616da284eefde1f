import type { ServerResponse } from 'node:http';
import { sha256 } from '../../src/core/json.ts';
import { json, type Seen, serve } from '../support/http-server.ts';

const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
};

interface Stored {
  body: string;
  mediaType: string;
}

function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Record<string, string> = {},
) {
  json(response, { errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] }, status, headers);
}

/**
 * A strict double of an image registry with the token protocol: each request needs a token for just its repository,
 * an `Accept` without the stored type finds nothing, and errors have the form of the OCI distribution specification.
 */
export async function registryDouble(user?: { name: string; password: string }) {
  const contents = new Map<string, Stored>();
  const tags = new Map<string, string>();
  const tokens = new Map<string, string>();
  let limited = 0;
  let withoutDigest = false;

  function token(query: URLSearchParams, authorization: string | undefined, response: ServerResponse) {
    const scope = query.get('scope') ?? '';
    const basic = user && `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`;
    if (query.get('service') !== 'registry.test' || !/^repository:[a-z0-9/._-]+:pull$/.test(scope))
      return refuse(response, 400, 'UNSUPPORTED');
    if (authorization !== basic) return refuse(response, 401, 'UNAUTHORIZED');
    const value = `token-${tokens.size + 1}`;
    tokens.set(value, scope);
    return json(response, { token: value, expires_in: 60 });
  }

  function content({ method, headers }: Seen, name: string, kind: string, reference: string) {
    const digest = kind === 'blobs' ? reference : (tags.get(`${name}:${reference}`) ?? reference);
    const stored = contents.get(`${name}@${digest}`);
    const accepted = (headers.accept ?? '').split(/,\s*/);
    const unwanted = kind === 'manifests' && stored && !accepted.includes(stored.mediaType);
    return { digest, stored: unwanted ? undefined : stored, bodiless: method === 'HEAD' };
  }

  const server = await serve((seen, response) => {
    const url = new URL(seen.path, 'http://x');
    if (limited > 0) {
      limited -= 1;
      return refuse(response, 429, 'TOOMANYREQUESTS', { 'retry-after': '1' });
    }
    if (url.pathname === '/token') return token(url.searchParams, seen.headers.authorization, response);
    const [, name = '', kind = '', reference = ''] =
      /^\/v2\/([a-z0-9/._-]+)\/(manifests|blobs)\/([^/]+)$/.exec(url.pathname) ?? [];
    if (name === '') return refuse(response, 404, 'NAME_UNKNOWN');
    if (seen.method !== 'GET' && seen.method !== 'HEAD') return refuse(response, 405, 'UNSUPPORTED');
    const scope = `repository:${name}:pull`;
    if (tokens.get(seen.headers.authorization?.replace(/^Bearer /, '') ?? '') !== scope) {
      const challenge = `Bearer realm="${server.url}/token",service="registry.test",scope="${scope}"`;
      return refuse(response, 401, 'UNAUTHORIZED', { 'www-authenticate': challenge });
    }
    const { digest, stored, bodiless } = content(seen, name, kind, reference);
    if (stored === undefined) return refuse(response, 404, 'MANIFEST_UNKNOWN');
    response.writeHead(200, {
      'content-type': stored.mediaType,
      ...(withoutDigest && bodiless ? {} : { 'docker-content-digest': digest }),
    });
    response.end(bodiless ? undefined : stored.body);
  });

  function store(name: string, value: object, mediaType: string): string {
    const body = JSON.stringify(value);
    const digest = sha256(body);
    contents.set(`${name}@${digest}`, { body, mediaType });
    return digest;
  }

  /** An image for one platform, told from others by its label. */
  function image(name: string, platform: string, label: string): string {
    const [os, architecture, variant] = platform.split('/');
    const config = { os, architecture, ...(variant === undefined ? {} : { variant }), label };
    const digest = store(name, config, 'application/vnd.oci.image.config.v1+json');
    return store(name, { schemaVersion: 2, config: { digest }, layers: [] }, types.manifest);
  }

  return {
    ...server,
    /** Tags an image and answers its digest; several platforms make an index. A tag that is there moves. */
    push(name: string, tag: string, platforms: readonly string[], label = tag): string {
      const manifests = platforms.map((platform) => {
        const [os, architecture, variant] = platform.split('/');
        return { digest: image(name, platform, label), platform: { os, architecture, variant } };
      });
      const attestation = { digest: 'sha256:0', platform: { os: 'unknown', architecture: 'unknown' } };
      const single = manifests.length === 1 ? manifests[0]?.digest : undefined;
      const digest =
        single ?? store(name, { schemaVersion: 2, manifests: [...manifests, attestation] }, types.index);
      tags.set(`${name}:${tag}`, digest);
      return digest;
    },
    /** The next so many requests are too many. */
    limit(count: number) {
      limited = count;
    },
    /** Leaves the digest's header away from answers to HEAD, as some registries do. */
    hideDigest() {
      withoutDigest = true;
    },
    /** What a client that trusts the header alone would believe. */
    damage(name: string, digest: string) {
      const stored = contents.get(`${name}@${digest}`);
      if (stored) contents.set(`${name}@${digest}`, { ...stored, body: `${stored.body} ` });
    },
  };
}
