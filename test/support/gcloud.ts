import { execFile, spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { GoogleProcess } from './google-process.ts';

const run = promisify(execFile);

/** Whether the real gcloud is here; where not, says aloud how to get it. */
export function gcloudInstalled(): boolean {
  if (spawnSync('gcloud', ['--version']).status === 0) return true;
  console.error(
    'NOT TESTED with the real gcloud: put it on the PATH, see https://cloud.google.com/sdk/docs/install.',
  );
  return false;
}

/**
 * The real gcloud, pointed at the double. It puts the region before the host of `run` (`us-central1-localhost`), so
 * it goes there through a proxy, which the double is as well.
 */
export async function gcloudAt(
  { url, port, folder }: GoogleProcess,
  project: string,
  token: string,
): Promise<(...args: string[]) => Promise<string>> {
  const config = join(folder, 'gcloud');
  await mkdir(config, { recursive: true });
  const tokenFile = join(config, 'token');
  await writeFile(tokenFile, token);
  const env = {
    PATH: process.env.PATH,
    HOME: config,
    CLOUDSDK_CONFIG: config,
    CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: tokenFile,
    CLOUDSDK_CORE_PROJECT: project,
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: '1',
    CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: '1',
    CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: `http://localhost:${port}/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE: `http://localhost:${port}/compute/v1/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_DNS: `http://localhost:${port}/dns/v1/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING: `http://localhost:${port}/`,
    http_proxy: url,
  };
  return async (...args) => (await run('gcloud', args, { env, timeout: 60_000 })).stdout;
}
