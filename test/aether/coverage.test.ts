import { describe, expect, test } from 'vitest';
import {
  coverageOf,
  faultsOf,
  loadedPlaybook,
  read,
  rowsOf,
  stepIds,
  uncovered,
} from '../support/coverage.ts';

const file = 'playbooks/aether-blue-green.yaml';

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

describe('the Aether document', () => {
  test('is read as 24 lines', async () => {
    const lines = linesOf(await read('docs/seeds/aether-blue-green-playbook.md'));
    expect(lines).toHaveLength(24);
    expect(lines.at(-1)).toMatch(/^Document the full timeline/);
  });

  test('has a step for each line, in the order of the document', async () => {
    const lines = linesOf(await read('docs/seeds/aether-blue-green-playbook.md'));
    const coverage = await coverageOf('Aether');
    expect(rowsOf(coverage)).toHaveLength(lines.length);
    expect(uncovered(lines, coverage)).toEqual([]);
  });

  test('every step that is named is in the playbook, and every step of the playbook is named', async () => {
    const { playbook, warnings } = await loadedPlaybook(file);
    expect(warnings).toEqual([]);
    const coverage = await coverageOf('Aether');
    const steps = stepIds(playbook);
    const named = rowsOf(coverage).flatMap((row) => row.steps);
    expect(named.filter((id) => !steps.includes(id))).toEqual([]);
    expect(steps.filter((id) => !coverage.includes(`\`${id}\``))).toEqual([]);
  });
});

test.each([
  ['staging', 'green'],
  ['production', 'blue'],
])(
  'the example gives a plan for %s, with every input known at the start in order',
  async (environment, target) => {
    const { playbook } = await loadedPlaybook(file);
    const params = { version: 'v2.4.0' };
    expect(await faultsOf(playbook, { folder: 'deploy/examples', environment, target, params })).toEqual([]);
  },
);
