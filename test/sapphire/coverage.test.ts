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

const file = 'playbooks/sapphire-cloud-run.yaml';
const document = 'docs/seeds/sapphire-rollout-plan.md';

/** Every line of the document that asks for something: its number, and how it begins. */
function linesOf(text: string): string[] {
  const found: string[] = [];
  let [section, item, bullet] = [0, 0, 0];
  for (const line of text.replaceAll('`', '').split('\n')) {
    const heading = /^## (\d+)\./.exec(line);
    const own = /^(?:\d+\.|-) [✅⏳ ]*(.+)/u.exec(line);
    const nested = /^ +- (.+)/.exec(line);
    if (heading) [section, item] = [Number(heading[1]), 0];
    if (own) {
      [item, bullet] = [item + 1, 0];
      found.push(`${section}.${item} ${own[1]?.replaceAll('*', '')}`);
    }
    if (nested) {
      bullet += 1;
      found.push(`${section}.${item}.${bullet} ${nested[1]}`);
    }
  }
  return found;
}

describe('the Sapphire document', () => {
  test('is read as 24 lines', async () => {
    const lines = linesOf(await read(document));
    expect(lines).toHaveLength(24);
    expect(lines.at(0)).toMatch(/^1\.1 Unit & integration tests/);
    expect(lines.at(-1)).toMatch(/^6\.3 Publish public roadmap/);
  });

  test('has a step for each line, in the order of the document', async () => {
    const lines = linesOf(await read(document));
    const coverage = await coverageOf('Sapphire');
    expect(rowsOf(coverage)).toHaveLength(lines.length);
    expect(uncovered(lines, coverage)).toEqual([]);
  });

  test('every step that is named is in the playbook, and every step of the playbook is named', async () => {
    const { playbook, warnings } = await loadedPlaybook(file);
    expect(warnings).toEqual([]);
    const coverage = await coverageOf('Sapphire');
    const steps = stepIds(playbook);
    const named = rowsOf(coverage).flatMap((row) => row.steps);
    expect(named.filter((id) => !steps.includes(id))).toEqual([]);
    expect(steps.filter((id) => !coverage.includes(`\`${id}\``))).toEqual([]);
  });
});

test.each(['staging', 'production'])(
  'the example gives a plan for %s, with every input known at the start in order',
  async (environment) => {
    const { playbook } = await loadedPlaybook(file);
    const params = { version: 'v1.4.0' };
    expect(
      await faultsOf(playbook, { folder: 'deploy/examples/sapphire', environment, target: null, params }),
    ).toEqual([]);
  },
);
