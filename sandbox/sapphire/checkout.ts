import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectsFile } from './gcloud.ts';
import { services } from './names.ts';

const names = { pytest: 'pytest', npx: 'npx', npm: 'npm', pipAudit: 'pip-audit', gcloud: 'gcloud' } as const;
const program = pathToFileURL(join(import.meta.dirname, 'program.ts')).href;

/** As a team's own script has it: each service gets the image that it is told, in the project that it is told. */
const deployScript = [
  '#!/bin/sh',
  'set -eu',
  'gcloud="$(dirname "$0")/bin/gcloud"',
  `"$gcloud" run deploy ${services.trader} --image "$CLOUD_TRADER_IMAGE" --quiet`,
  `"$gcloud" run deploy ${services.wallet} --image "$WALLET_ORCHESTRATOR_IMAGE" --quiet`,
  '',
].join('\n');

/**
 * Makes the folder that tests and audits of Sapphire run in, and stand-ins for their programs: they write the reports
 * that the real ones write, and all is well in them. `gcloud` is the real one where it is on the PATH, and finds the
 * projects where they answer. Gives the paths of the programs.
 */
export async function makeCheckout(
  folder: string,
  projects: Readonly<Record<string, string>>,
): Promise<Record<keyof typeof names, string>> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, projectsFile), JSON.stringify(projects));
  await writeFile(join(folder, 'deploy_cloud_run.sh'), deployScript, { mode: 0o755 });
  const made = Object.entries(names).map(async ([key, name]) => {
    const file = join(bin, name);
    await writeFile(file, `#!/usr/bin/env node\nimport(${JSON.stringify(program)});\n`, { mode: 0o755 });
    return [key, file] as const;
  });
  return Object.fromEntries(await Promise.all(made)) as Record<keyof typeof names, string>;
}
