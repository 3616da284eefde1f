import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { standIn } from './gcloud-stand-in.ts';

/** Where the project of each name answers: written beside the checkout's programs. */
export const projectsFile = 'projects.json';

/** Any token is taken in the sandbox. */
const token = 'sandbox';

/** What points the real gcloud to a double, and to nobody else. */
export async function gcloudSettings(
  { url, project, token }: { url: string; project: string; token: string },
  folder: string,
): Promise<Record<string, string>> {
  await mkdir(folder, { recursive: true });
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, token);
  const { port } = new URL(url);
  return {
    CLOUDSDK_CONFIG: folder,
    CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: tokenFile,
    CLOUDSDK_CORE_PROJECT: project,
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: '1',
    CLOUDSDK_CORE_SHOULD_PROMPT_TO_ENABLE_API: '0',
    CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: '1',
    // It puts the region before the host, so it goes there through a proxy, which the double is as well.
    CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: `http://localhost:${port}/`,
    http_proxy: url,
  };
}

function isInstalled(): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, 'gcloud'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * `gcloud run services` on a project of the sandbox: the real gcloud where it is on the PATH, else a stand-in for the
 * few commands that a launch by script needs. Gives the exit code.
 */
export async function gcloud(bin: string, args: readonly string[]): Promise<number> {
  const projects = z
    .record(z.string(), z.string())
    .parse(JSON.parse(await readFile(join(bin, projectsFile), 'utf8')));
  const named = args.find((arg) => arg.startsWith('--project='))?.slice('--project='.length);
  const project = named ?? process.env.CLOUDSDK_CORE_PROJECT ?? '';
  const url = projects[project];
  if (url === undefined) throw new Error(`There is no project "${project}" in this sandbox.`);
  if (!isInstalled()) return standIn({ url, project, token }, args, (line) => console.log(line));
  const settings = await gcloudSettings({ url, project, token }, join(bin, 'gcloud-settings', project));
  const child = spawn('gcloud', args, { env: { ...process.env, ...settings }, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
