import { request } from '@octokit/request';
import { z } from 'zod';
import type { Connection } from '../../core/rollout/plan.ts';
import { ServiceError } from '../../ports/service.ts';
import { type ServiceAnswer, serviceCalls } from '../service/calls.ts';
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

  return {
    repository: connection.repository,
    async call(route, parameters, signal, take = []) {
      const { method, url, body } = endpoint(route, parameters);
      const headers = {
        accept: 'application/vnd.github+json',
        'x-github-api-version': version,
        authorization: `Bearer ${await token()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      };
      const written = body === undefined ? {} : { body: JSON.stringify(body) };
      return send({ method, url, headers, take, ...written }, signal);
    },
  };
}
