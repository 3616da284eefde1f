import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { sandboxPolicy } from '../../sandbox/environment.ts';
import type { EnvironmentConfig } from '../commands/call.ts';
import type { Config } from '../config/config.ts';
import { type Playbook, playbookSchema } from '../core/playbook/playbook.ts';
import type { Policy } from '../core/policy/schema.ts';
import type { StepKind } from '../ports/step.ts';
import type { RunningSandbox } from './sandbox.ts';

/** The files as they are now: playbooks, environments, policy. */
export interface Catalogue {
  policy(): Policy;
  playbooks(): ReadonlyMap<string, Playbook>;
  environments(): ReadonlyMap<string, EnvironmentConfig>;
}

export async function loadCatalogue(
  config: Config,
  _kinds: ReadonlyMap<string, StepKind>,
  sandbox: RunningSandbox | undefined,
): Promise<Catalogue> {
  const files = (await readdir(config.files.playbooks)).filter((f) => /\.ya?ml$/.test(f));
  const playbooks = new Map<string, Playbook>();
  for (const f of files) {
    const p = playbookSchema.parse(parse(await readFile(join(config.files.playbooks, f), 'utf8')));
    playbooks.set(p.name, p);
  }
  const environments = new Map<string, EnvironmentConfig>(
    Object.entries(sandbox?.environments ?? {}) as never,
  );
  return { policy: () => sandboxPolicy, playbooks: () => playbooks, environments: () => environments };
}
