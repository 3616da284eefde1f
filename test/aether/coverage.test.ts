import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connectionKinds } from '../../src/compose/connections.ts';
import { loadEnvironments } from '../../src/core/environments.ts';
import { loadPlaybook } from '../../src/core/playbook/load.ts';
import { resolvePlan } from '../../src/core/playbook/resolve.ts';
import { loadPolicy } from '../../src/core/policy/load.ts';
import { commandAllowed, quorumOf } from '../../src/core/policy/policy.ts';
import { resolveKnown } from '../../src/core/rollout/inputs.ts';
import { stepsOf } from '../../src/core/rollout/steps.ts';
import { stepKinds } from '../../src/steps/registry.ts';
import { root } from '../architecture/source.ts';

const read = (file: string) => readFile(join(root, file), 'utf8');

/** Every line of the document that asks for something: its number, and how it begins. */
function linesOf(document: string): string[] {
  const found: string[] = [];
  let [section, item, bullet] = [0, 0, 0];
  for (const line of document.split('\n')) {
    const heading = /^## (\d+)\./.exec(line);
    const numbered = /^(\d+)\. \*\*(.+?)\.?\*\*/.exec(line);
    const bulleted = /^ +- (.+)/.exec(line);
    if (heading) section = Number(heading[1]);
    if (numbered) {
      [item, bullet] = [Number(numbered[1]), 0];
      found.push(`${section}.${item} ${numbered[2]}`);
    }
    if (bulleted) {
      bullet += 1;
      found.push(`${section}.${item}.${bullet} ${bulleted[1]}`);
    }
    if (section > 0 && /^[A-Z]/.test(line)) found.push(line);
  }
  return found;
}

function rowsOf(coverage: string): { line: string; steps: string[] }[] {
  return Array.from(coverage.matchAll(/^\| ([^|]+) \| ([^|]*) \|[^\n]*$/gm), ([, line = '', steps = '']) => ({
    line,
    steps: Array.from(steps.matchAll(/`([a-z][a-z0-9-]*)`/g), ([, id = '']) => id),
  })).filter(({ line }) => line !== 'line');
}

async function loaded() {
  const file = 'playbooks/aether-blue-green.yaml';
  const found = loadPlaybook(await read(file), { file, kinds: stepKinds });
  if ('problems' in found) throw new Error(JSON.stringify(found.problems, null, 1));
  return found;
}

describe('the Aether document', () => {
  test('is read as 24 lines', async () => {
    const lines = linesOf(await read('docs/seeds/aether-blue-green-playbook.md'));
    expect(lines).toHaveLength(24);
    expect(lines.at(-1)).toMatch(/^Document the full timeline/);
  });

  test('has a step for each line, in the order of the document', async () => {
    const lines = linesOf(await read('docs/seeds/aether-blue-green-playbook.md'));
    const rows = rowsOf(await read('docs/coverage.md'));
    expect(rows).toHaveLength(lines.length);
    const uncovered = lines.filter((line, index) => {
      const row = rows[index];
      return row === undefined || row.steps.length === 0 || !line.startsWith(row.line);
    });
    expect(uncovered).toEqual([]);
  });

  test('every step that is named is in the playbook, and every step of the playbook is named', async () => {
    const { playbook, warnings } = await loaded();
    expect(warnings).toEqual([]);
    const coverage = await read('docs/coverage.md');
    const steps = [...playbook.phases.flatMap((phase) => phase.steps), ...playbook.rollback].map(
      ({ id }) => id,
    );
    const named = rowsOf(coverage).flatMap((row) => row.steps);
    expect(named.filter((id) => !steps.includes(id))).toEqual([]);
    expect(steps.filter((id) => !coverage.includes(`\`${id}\``))).toEqual([]);
  });
});

describe('the example of its environments and policy', () => {
  test.each([
    ['staging', 'green'],
    ['production', 'blue'],
  ])('gives a plan for %s, with every input known at the start in order', async (name, target) => {
    const { playbook } = await loaded();
    const file = 'deploy/examples/environments.yaml';
    const environments = loadEnvironments(await read(file), { file, connections: connectionKinds });
    const policy = loadPolicy(await read('deploy/examples/policy.yaml'));
    if (!('environments' in environments) || !('policy' in policy))
      throw new Error(JSON.stringify([environments, policy]));
    const environment = environments.environments.get(name);
    const resolved = resolvePlan({
      playbook,
      environment: { name, vars: environment?.vars ?? {}, connections: environment?.connections ?? {} },
      target,
      params: { version: 'v2.4.0' },
      quorum: quorumOf(policy.policy, name),
    });
    if (!('plan' in resolved)) throw new Error(resolved.problems.join('\n'));
    const { plan } = resolved;
    for (const { step } of stepsOf(plan).values()) {
      const input = resolveKnown(plan, step.with);
      const later = JSON.stringify(input).includes('${{');
      const parsed = stepKinds.get(step.uses)?.input.safeParse(input);
      expect([step.id, later || parsed?.success]).toEqual([step.id, true]);
      if (step.uses !== 'command') continue;
      const { argv } = input as { argv: string[] };
      expect([argv, commandAllowed(policy.policy, argv)]).toEqual([argv, true]);
    }
  });
});
