import { readFile } from 'node:fs/promises';
import { sandboxPolicy } from '../../sandbox/environment.ts';
import { readEnvironments, readPlaybooks } from '../adapters/playbook-files.ts';
import type { EnvironmentConfig } from '../commands/call.ts';
import type { Config } from '../config/config.ts';
import { type Environments, environmentsOf, environmentsSchema } from '../core/environments.ts';
import type { KnownKinds } from '../core/playbook/load.ts';
import type { Playbook } from '../core/playbook/playbook.ts';
import { reportProblems } from '../core/playbook/report-problems.ts';
import { loadPolicy } from '../core/policy/load.ts';
import type { Policy } from '../core/policy/schema.ts';
import { connectionKinds } from './connections.ts';
import type { RunningSandbox } from './sandbox.ts';

/** Where the sandbox is; its policy and its environments are built in. */
type SandboxPlace = { environments: Partial<RunningSandbox['environments']> };

/** The files as they are now: playbooks, environments, policy. Running rollouts keep the plan they were pinned to. */
export interface Catalogue {
  policy(): Policy;
  playbooks(): ReadonlyMap<string, Playbook>;
  environments(): ReadonlyMap<string, EnvironmentConfig>;
  /** Reads the files again. With a fault in any of them nothing changes, and the faults are thrown. */
  reload(): Promise<void>;
}

interface Files {
  policy: Policy;
  playbooks: ReadonlyMap<string, Playbook>;
  environments: ReadonlyMap<string, EnvironmentConfig>;
}

/** Reads all files; throws an `AggregateError` of every fault in them, with file, line and the nearest known word. */
export async function loadCatalogue(
  config: Config,
  kinds: KnownKinds,
  sandbox: SandboxPlace | undefined,
): Promise<Catalogue> {
  let files = await readFiles(config, kinds, sandbox);
  return {
    policy: () => files.policy,
    playbooks: () => files.playbooks,
    environments: () => files.environments,
    async reload() {
      files = await readFiles(config, kinds, sandbox);
    },
  };
}

async function readFiles(
  { files }: Config,
  kinds: KnownKinds,
  sandbox: SandboxPlace | undefined,
): Promise<Files> {
  const faults: string[] = [];
  const read = await readPlaybooks(files.playbooks, kinds);
  faults.push(...read.problems.map((each) => reportProblems([each], (file) => read.texts.get(file))));
  const environments = sandbox
    ? environmentsOf(environmentsSchema.parse(sandbox.environments))
    : await environmentsFrom(files.environments, faults);
  const policy = sandbox ? sandboxPolicy : await policyFrom(files.policy, faults);
  if (faults.length > 0 || !policy)
    throw new AggregateError(
      faults.map((fault) => new Error(fault)),
      faults.join('\n'),
    );
  return { policy, playbooks: read.playbooks, environments: configsOf(environments) };
}

async function environmentsFrom(file: string, faults: string[]): Promise<Environments> {
  const read = await readEnvironments(file, connectionKinds);
  if ('environments' in read) return read.environments;
  faults.push(...read.problems.map((each) => reportProblems([each], () => read.text)));
  return new Map();
}

async function policyFrom(file: string, faults: string[]): Promise<Policy | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) {
    faults.push(
      `${file} can't be read. It says who may do what: write one, or set POLICY_FILE to where it is.`,
    );
    return undefined;
  }
  const loaded = loadPolicy(text, file);
  if ('policy' in loaded) return loaded.policy;
  faults.push(...loaded.problems);
  return undefined;
}

function configsOf(environments: Environments): ReadonlyMap<string, EnvironmentConfig> {
  return new Map(
    [...environments].map(([name, { vars, connections, channels }]) => [
      name,
      { vars, connections, channels: channels.map(({ platform, id }) => `${platform}:${id}`) },
    ]),
  );
}
