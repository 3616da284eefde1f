import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectionKinds } from '../../src/compose/connections.ts';
import { loadEnvironments } from '../../src/core/environments.ts';
import { loadPlaybook } from '../../src/core/playbook/load.ts';
import type { Playbook } from '../../src/core/playbook/playbook.ts';
import { resolvePlan } from '../../src/core/playbook/resolve.ts';
import { loadPolicy } from '../../src/core/policy/load.ts';
import { commandAllowed, quorumOf } from '../../src/core/policy/policy.ts';
import { resolveKnown } from '../../src/core/rollout/inputs.ts';
import { stepsOf } from '../../src/core/rollout/steps.ts';
import { stepKinds } from '../../src/steps/registry.ts';
import { root } from '../architecture/source.ts';

export const read = (file: string) => readFile(join(root, file), 'utf8');

/** The part of docs/coverage.md about one document. */
export async function coverageOf(heading: string): Promise<string> {
  const parts = (await read('docs/coverage.md')).split(/^## /m);
  return parts.find((part) => part.startsWith(`${heading}\n`)) ?? '';
}

/** The rows of the tables: which line of the document is which steps. */
export function rowsOf(coverage: string): { line: string; steps: string[] }[] {
  return Array.from(coverage.matchAll(/^\| ([^|]+) \| ([^|]*) \|[^\n]*$/gm), ([, line = '', steps = '']) => ({
    line,
    steps: Array.from(steps.matchAll(/`([a-z][a-z0-9-]*)`/g), ([, id = '']) => id),
  })).filter(({ line }) => line !== 'line');
}

/** The lines that have no row of their own, in the order of the document, or a row without a step. */
export function uncovered(lines: readonly string[], coverage: string): string[] {
  const rows = rowsOf(coverage);
  return lines.filter((line, index) => {
    const row = rows[index];
    return row === undefined || row.steps.length === 0 || !line.startsWith(row.line);
  });
}

/** Every step of a playbook, those of its rollback and of hypercare's end among them. */
export function stepIds({ phases, rollback, hypercare }: Playbook): string[] {
  const steps = [...phases.flatMap((phase) => phase.steps), ...rollback, ...(hypercare?.end ?? [])];
  return steps.map(({ id }) => id);
}

export async function loadedPlaybook(file: string) {
  const found = loadPlaybook(await read(file), { file, kinds: stepKinds });
  if ('problems' in found) throw new Error(JSON.stringify(found.problems, null, 1));
  return found;
}

/** A folder of examples, and what a rollout there is started with. */
export interface Example {
  folder: string;
  environment: string;
  target: string | null;
  params: Record<string, string>;
}

/** What is wrong with the steps of a plan for this environment: inputs that don't fit, commands that aren't allowed. */
export async function faultsOf(playbook: Playbook, example: Example): Promise<string[]> {
  const file = `${example.folder}/environments.yaml`;
  const environments = loadEnvironments(await read(file), { file, connections: connectionKinds });
  const policy = loadPolicy(await read(`${example.folder}/policy.yaml`));
  if (!('environments' in environments) || !('policy' in policy))
    throw new Error(JSON.stringify([environments, policy]));
  const { environment: name, target, params } = example;
  const environment = environments.environments.get(name);
  const resolved = resolvePlan({
    playbook,
    environment: { name, vars: environment?.vars ?? {}, connections: environment?.connections ?? {} },
    target,
    params,
    quorum: quorumOf(policy.policy, name),
  });
  if (!('plan' in resolved)) return resolved.problems;
  const { plan } = resolved;
  return [...stepsOf(plan).values()].flatMap(({ step }) => {
    const input = resolveKnown(plan, step.with);
    if (step.uses === 'command') {
      const { argv } = input as { argv: string[] };
      const known = argv.map((word) =>
        word.includes('${{') ? word.replaceAll(/\$\{\{.*?\}\}/g, 'later') : word,
      );
      if (!commandAllowed(policy.policy, known)) return [`${step.id}: ${argv.join(' ')} is not allowed`];
    }
    if (JSON.stringify(input).includes('${{')) return [];
    const parsed = stepKinds.get(step.uses)?.input.safeParse(input);
    return parsed?.success ? [] : [`${step.id}: ${parsed?.error.message ?? 'no such kind'}`];
  });
}
