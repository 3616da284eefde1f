import { request } from '@octokit/request';
import { z } from 'zod';
import type { Connection } from '../../core/rollout/plan.ts';
import { shown } from '../../core/step/shown.ts';
import { ServiceError } from '../../ports/service.ts';
import { type ServiceAnswer, type ServiceRequest, serviceCalls } from '../service/calls.ts';
import {
  readConnection,
  type ServiceDependencies,
  secretReference,
  secretValue,
  serviceUrl,
} from '../service/connection.ts';

export const githubConnectionSchema = z.strictObject({
  kind: z.literal('github'),
  repository: z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/[A-Za-z0-9._-]{1,100}$/, 'owner/name')
    .refine((name) => !/\/\.\.?$/.test(name), { message: 'owner/name' }),
  api: serviceUrl.optional().describe('Absent: GITHUB_API_URL, or GitHub itself'),
  token: secretReference.optional().describe('Absent: GITHUB_TOKEN'),
});

export interface GitHubClient {
  repository: string;
  /** One call of GitHub's REST API; `route` as its documentation writes it. `take`: statuses that are an answer. */
  call(
    route: string,
    parameters: Record<string, unknown>,
    signal: AbortSignal,
    take?: readonly number[],
  ): Promise<ServiceAnswer>;
  /** Where a call redirects to; undefined for a status of `none`. */
  redirection(
    route: string,
    parameters: Record<string, unknown>,
    none: readonly number[],
    signal: AbortSignal,
  ): Promise<string | undefined>;
  /** An address that GitHub gave: asked without any credentials, for its last `most` bytes. */
  lastOf(url: string, most: number, signal: AbortSignal): Promise<{ bytes: Uint8Array; cut: number }>;
}

/** The version of the API whose answers are read here. */
const version = '2022-11-28';

export function githubClient(given: Connection, dependencies: ServiceDependencies): GitHubClient {
  const connection = readConnection('GitHub', githubConnectionSchema, given);
  const { env } = dependencies;
  const baseUrl = (connection.api ?? (env.GITHUB_API_URL || 'https://api.github.com')).replace(/\/+$/, '');
  const [owner = '', repo = ''] = connection.repository.split('/');
  const send = serviceCalls('GitHub', dependencies);
  const endpoint = request.endpoint.defaults({ baseUrl, owner, repo });

  async function token(): Promise<string> {
    if (connection.token !== undefined) return secretValue('GitHub', connection.token, dependencies);
    if (env.GITHUB_TOKEN) return env.GITHUB_TOKEN;
    throw new ServiceError('refused', 'GITHUB_TOKEN is not set on this worker; GitHub needs it');
  }

  async function ask(
    route: string,
    parameters: Record<string, unknown>,
    how: Pick<ServiceRequest, 'take' | 'unfollowed'>,
    signal: AbortSignal,
  ): Promise<ServiceAnswer> {
    const { method, url, body } = endpoint(route, parameters);
    const headers = {
      accept: 'application/vnd.github+json',
      'x-github-api-version': version,
      authorization: `Bearer ${await token()}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const written = body === undefined ? {} : { body: JSON.stringify(body) };
    return send({ method, url, headers, ...how, ...written }, signal);
  }

  return {
    repository: connection.repository,
    call: (route, parameters, signal, take = []) => ask(route, parameters, { take }, signal),
    async redirection(route, parameters, none, signal) {
      const answer = await ask(route, parameters, { take: [302, ...none], unfollowed: true }, signal);
      if (none.includes(answer.status)) return undefined;
      const to = answer.headers.get('location') ?? '';
      if (answer.status === 302 && URL.canParse(to)) return to;
      throw new ServiceError('unreadable', 'GitHub redirects to nowhere');
    },
    lastOf: (url, most, signal) => lastOf(dependencies.fetch, url, most, signal),
  };
}

/** Milliseconds for a whole download. */
const patience = 60_000;

async function lastOf(fetch: typeof globalThis.fetch, url: string, most: number, signal: AbortSignal) {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  try {
    const response = await fetch(url, { redirect: 'error', signal: limited });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    return await tailOf(response, most);
  } catch (cause) {
    signal.throwIfAborted();
    throw unread(url, cause);
  }
}

function unread(url: string, cause: unknown): ServiceError {
  const why = shown(cause instanceof Error ? cause.message : String(cause));
  const what = `the log's store at ${new URL(url).host} can't be read: ${why}`;
  return new ServiceError('unavailable', what, { cause });
}

/** Holds no more of a body than is asked for, and one chunk. */
async function tailOf(response: Response, most: number): Promise<{ bytes: Uint8Array; cut: number }> {
  const chunks: Uint8Array[] = [];
  let held = 0;
  let cut = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    held += chunk.byteLength;
    for (let [first] = chunks; first && held - first.byteLength >= most; [first] = chunks) {
      chunks.shift();
      held -= first.byteLength;
      cut += first.byteLength;
    }
  }
  const over = Math.max(0, held - most);
  return { bytes: Buffer.concat(chunks).subarray(over), cut: cut + over };
}
