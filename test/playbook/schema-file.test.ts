import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { playbookJsonSchema } from '../../src/core/playbook/json-schema.ts';
import { stepKinds } from '../../src/steps/registry.ts';

const folder = new URL('../../playbooks/', import.meta.url);

it('playbooks/schema.json is what `cutover schema` prints', async () => {
  const stands = await readFile(new URL('schema.json', folder), 'utf8');
  const printed = `${JSON.stringify(playbookJsonSchema(stepKinds), null, 2)}\n`;
  expect(stands === printed, 'run `node bin/cutover.js schema > playbooks/schema.json`').toBe(true);
});

it('our own playbooks name it for editors', async () => {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));
  expect(files).not.toEqual([]);
  for (const file of files) {
    const text = await readFile(new URL(file, folder), 'utf8');
    expect(text.split('\n', 1)[0], file).toBe('# yaml-language-server: $schema=./schema.json');
  }
});
