import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { readPlaybooks } from '../../src/adapters/playbook-files.ts';
import { playbookJsonSchema } from '../../src/core/playbook/json-schema.ts';
import { reportProblems } from '../../src/core/playbook/report-problems.ts';
import { stepKinds } from '../../src/steps/registry.ts';

const folder = fileURLToPath(new URL('../../playbooks', import.meta.url));

it('our own playbooks have no problem and no warning, and fit the JSON Schema', async () => {
  const read = await readPlaybooks(folder, stepKinds);
  const textOf = (file: string) => read.texts.get(file);
  expect(reportProblems([...read.problems, ...read.warnings], textOf)).toBe('');
  expect([...read.playbooks.keys()]).toContain('sandbox');
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
    playbookJsonSchema(stepKinds),
  );
  for (const text of read.texts.values())
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
}, 60_000);
