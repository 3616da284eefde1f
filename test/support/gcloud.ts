import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gcloudSettings } from '../../sandbox/sapphire/gcloud.ts';
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

/** The real gcloud, pointed at the double. */
export async function gcloudAt(
  { url, port, folder }: GoogleProcess,
  project: string,
  token: string,
): Promise<(...args: string[]) => Promise<string>> {
  const config = join(folder, 'gcloud');
  const env = {
    PATH: process.env.PATH,
    HOME: config,
    ...(await gcloudSettings({ url, project, token }, config)),
    CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE: `http://localhost:${port}/compute/v1/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_DNS: `http://localhost:${port}/dns/v1/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING: `http://localhost:${port}/`,
  };
  return async (...args) => (await run('gcloud', args, { env, timeout: 60_000 })).stdout;
}
