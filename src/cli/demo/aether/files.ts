import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { aetherEnvironments, aetherPolicy, type Places } from '../../../../sandbox/aether/environment.ts';
import { demoPlaybook } from '../../../../sandbox/aether/playbook.ts';
import { type Pods, publicImage, publicName } from '../../../../sandbox/aether/pods.ts';
import type { Config } from '../../../config/config.ts';
import { readConfig } from '../../../config/read.ts';
import type { Tokens } from '../room.ts';

export interface FileParts {
  pods: Pods;
  urls: Record<'router' | 'blue' | 'green', string>;
  /** Where the stand-ins of registry, GitHub and traces are. */
  outside: string;
  tokens: Tokens;
}

/** Writes what a bot reads at its start into `dir`; answers its settings. */
export async function configIn(dir: string, parts: FileParts): Promise<Config> {
  const { pods, tokens } = parts;
  const playbooks = join(dir, 'playbooks');
  await mkdir(playbooks);
  await writeFile(join(playbooks, 'aether-blue-green.yaml'), await demoPlaybook(pods));
  const environments = await aetherEnvironments(placesIn(dir, parts));
  await writeFile(join(dir, 'environments.yaml'), stringify(environments));
  await writeFile(join(dir, 'policy.yaml'), stringify(await aetherPolicy(tokens.of)));
  const read = readConfig({
    PLAYBOOKS_DIR: playbooks,
    ENVIRONMENTS_FILE: join(dir, 'environments.yaml'),
    POLICY_FILE: join(dir, 'policy.yaml'),
    DATA_DIR: join(dir, 'data'),
    CONSOLE_TOKEN: tokens.shared,
    PORT: '0',
    SANDBOX: '0',
  });
  if ('faults' in read) throw new Error(read.faults.join(' '));
  return read.config;
}

/** Where the kubeconfig of the bot's own account is. */
export const accountIn = (dir: string) => join(dir, 'kubeconfig');

/** Where the audit report is written, from the working folder: reports are written nowhere outside of that. */
export const auditFolder = (dir: string) => join('data', basename(dir));

function placesIn(dir: string, { pods, urls, outside }: FileParts): Places {
  const image = { repository: publicImage.repository, name: publicName };
  const registry = pods === 'real' ? publicImage.registry : outside;
  return {
    connections: {
      cluster: { kind: 'kubernetes', kubeconfig: accountIn(dir) },
      registry: { kind: 'oci', registry },
      archive: { kind: 'folder', path: join(dir, 'artifacts') },
      traces: { kind: 'tempo', url: outside },
      github: { kind: 'github', repository: 'aether/platform', api: outside },
    },
    urls: { ...urls, pages: outside },
    auditReport: join(auditFolder(dir), 'AUDIT_REPORT.md'),
    vars: pods === 'real' ? { image } : {},
  };
}
