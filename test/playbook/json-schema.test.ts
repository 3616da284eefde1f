import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { playbookJsonSchema } from '../../src/core/playbook/json-schema.ts';
import { goodPlaybook, testKinds } from './kinds.ts';

const ajv = new Ajv2020({ strict: false, validateFormats: false });
const validate = ajv.compile(playbookJsonSchema(testKinds));
const holds = (before: string, after: string) => {
  const text = goodPlaybook.replace(before, () => after);
  if (before !== after) expect(text).not.toBe(goodPlaybook);
  return validate(parse(text));
};

describe('the JSON Schema', () => {
  it('is a JSON Schema, and stands for itself', () => {
    const schema = playbookJsonSchema(testKinds);
    expect(ajv.validateSchema(schema)).toBe(true);
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });

  it.each([
    ['a good playbook', 'name', 'name'],
    ['an expression in place of a number', 'quorum: 2', 'quorum: "${{ params.cycles }}"'],
    ['an expression in place of a list', '[release-manager]', '"${{ env.roles }}"'],
    ['an expression in place of a word of a list', 'method: GET', 'method: "${{ env.method }}"'],
  ])('takes %s', (_, before, after) => {
    expect(holds(before, after), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each([
    ['an unknown key', 'onFailure:', 'onFailur:'],
    ['an unknown key at the top', 'targets:', 'target:'],
    ['an unknown step kind', 'uses: approval', 'uses: aproval'],
    ['an unknown key of the step kind', 'with: { for: 1s }', 'with: { for: 1s, unti: 2 }'],
    ['a missing key of the step kind', 'with: { for: 1s }', 'with: {}'],
    ['a wrong type in it', 'quorum: 2', 'quorum: two'],
    ['a word that is not in the list', 'onFailure: rollback', 'onFailure: explode'],
    ['what is no duration', 'window: 24h', 'window: one day'],
    ['a wrong kind in the rollback list', 'uses: restore', 'uses: restor'],
    ['a wrong watch', 'cycles: 1 }', 'cycles: none }'],
  ])('refuses %s', (_, before, after) => {
    expect(holds(before, after)).toBe(false);
  });
});
