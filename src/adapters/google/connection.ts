import { z } from 'zod';
import { ServiceError } from '../../ports/service.ts';
import { type ServiceDependencies, serviceUrl } from '../service/connection.ts';
import type { TokenFor } from '../service/token.ts';
import { isLoopback } from './token.ts';

/** `{ kind: google, project, region }` of environments.yaml. */
export const googleConnectionSchema = z.strictObject({
  kind: z.literal('google'),
  project: z.string().regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'the id of a project'),
  region: z.string().regex(/^[a-z]+-[a-z]+[0-9]+$/, 'a region, such as us-central1'),
  endpoint: serviceUrl.optional().describe('Where all of Google’s APIs are; absent: where Google has them'),
});
export type GoogleConnection = z.infer<typeof googleConnectionSchema>;

export interface GoogleDependencies extends ServiceDependencies {
  token: TokenFor;
}

const apis = {
  run: { variable: 'CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN', own: 'https://run.googleapis.com', path: '/v2' },
  compute: {
    variable: 'CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE',
    own: 'https://compute.googleapis.com',
    path: '/compute/v1',
  },
  monitoring: {
    variable: 'CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING',
    own: 'https://monitoring.googleapis.com',
    path: '/v3',
  },
  logging: {
    variable: 'CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING',
    own: 'https://logging.googleapis.com',
    path: '/v2',
  },
  secrets: {
    variable: 'CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER',
    own: 'https://secretmanager.googleapis.com',
    path: '/v1',
  },
} as const;
export type Api = keyof typeof apis;

/**
 * The address of an API with its version, without a slash at the end: the connection's, gcloud's variable, Google's
 * own. gcloud's variables end in the version for some APIs and don't for others. Throws `ServiceError` for plain HTTP
 * to another machine: the token would be read on its way.
 */
export function endpointOf(
  api: Api,
  { endpoint }: Pick<GoogleConnection, 'endpoint'>,
  env: ServiceDependencies['env'],
): string {
  const { variable, own, path } = apis[api];
  const given = (endpoint ?? (env[variable] || own)).replace(/\/+$/, '');
  const base = given.endsWith(path) ? given : `${given}${path}`;
  const url = new URL(base);
  if (url.protocol === 'https:' || isLoopback(url)) return base;
  throw new ServiceError(
    'refused',
    `${url.host} is asked over plain HTTP, which is done on this machine alone`,
  );
}
