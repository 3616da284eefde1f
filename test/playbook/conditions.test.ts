import { describe, expect, it } from 'vitest';
import { celFormat, jsonSchemaOf, schemasAt } from '../../src/core/playbook/json-schema-walk.ts';
import { loadPlaybook } from '../../src/core/playbook/load.ts';
import { stepKinds } from '../../src/steps/registry.ts';

const playbook = (param: string, steps: string, watch = '') => `apiVersion: cutover/v1
name: test
environments: [test]
params:
  version: ${param}
  other: { type: string, required: true, values: [a, b] }
phases:
  - name: only
    steps:
${steps}${watch}`;

const warned = (text: string): string[] => {
  const loaded = loadPlaybook(text, { file: 'test.yaml', kinds: stepKinds });
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded.warnings.map(
    ({ line, column, message, hint }) => `${line}:${column} ${message} (${hint ?? ''})`,
  );
};

const open = '{ type: string, required: true }';
const check = (expect: string) =>
  `      - { id: look, uses: http.check, with: { url: "http://x", expect: '${expect}' } }\n`;
/** The warning, at the first place where the parameter is read. */
const condition = (name: string, text: string) => {
  const before = text.slice(0, text.indexOf(`params.${name}`)).split('\n');
  const at = `${before.length}:${(before.at(-1) ?? '').length + 1}`;
  return `${at} "${name}" takes any text, and is put into this condition: with the right text a person could make it always true (give params.${name} a pattern or values)`;
};

describe('a parameter that takes any text', () => {
  it('is warned of in a condition, where it stands', () => {
    const text = playbook(open, check('body.version == "${{ params.version }}"'));
    expect(warned(text)).toEqual([condition('version', text)]);
  });

  it.each([
    ['as the whole condition', check('${{ params.version }}')],
    ['chosen by an expression', check('body.version == "${{ params[env.which] }}"')],
    [
      'of a nested key',
      '      - { id: change, uses: http.request, with: { method: PUT, url: "http://x", json: {}, read: { url: "http://x", present: \'body.v == "${{ params.version }}"\' } } }\n',
    ],
    [
      'of a message',
      '      - { id: feed, uses: websocket.check, with: { url: "ws://x", expect: \'message == "${{ params.version }}"\' } }\n',
    ],
    ...['success', 'failure', 'enough'].map((key): [string, string] => [
      `of a monitor's ${key}`,
      `      - id: soak
        uses: monitor
        with: { provider: prometheus, connection: p, interval: 1s, cycles: 1, series: { e: { query: up } }, ${
          key === 'success' ? '' : 'success: e < 1.0, '
        }${key}: 'e < double("\${{ params.version }}")' }
`,
    ]),
  ])('is warned of %s', (_, steps) => {
    expect(warned(playbook(open, steps))).toHaveLength(1);
  });

  it('is warned of in the watch of hypercare', () => {
    const watch = `hypercare:
  window: 1h
  watch: { with: { provider: prometheus, connection: p, interval: 1s, cycles: 1, series: { e: { query: up } }, success: 'e < double("\${{ params.version }}")' } }
`;
    const text = playbook(open, '      - { id: tell, uses: announce, with: { text: hello } }\n', watch);
    expect(warned(text)).toEqual([condition('version', text)]);
  });

  it.each([
    [
      'with a pattern',
      '{ type: string, required: true, pattern: v1 }',
      check('body.v == "${{ params.version }}"'),
    ],
    [
      'with values',
      '{ type: string, required: true, values: [v1] }',
      check('body.v == "${{ params.version }}"'),
    ],
    ['that is a number', '{ type: number, required: true }', check('body.v == ${{ params.version }}')],
    ['beside it', open, check('body.v == "${{ params.other }}"')],
    [
      'outside of a condition',
      open,
      '      - { id: tell, uses: announce, with: { text: "${{ params.version }}" } }\n',
    ],
  ])('is not warned of %s', (_, param, steps) => {
    expect(warned(playbook(param, steps))).toEqual([]);
  });
});

it('every key that is described as CEL is marked as a condition', () => {
  const unmarked = [...stepKinds].flatMap(([uses, { input }]) => {
    const root = jsonSchemaOf(input);
    const within = (schema: object, path: readonly string[]): string[] =>
      Object.entries(schema).flatMap(([key, value]) => {
        if (typeof value !== 'object' || value === null) return [];
        const described = 'description' in value && /^CEL\b/.test(String(value.description));
        const here = described && !('format' in value && value.format === celFormat);
        return [...(here ? [`${uses}: ${[...path, key].join('.')}`] : []), ...within(value, [...path, key])];
      });
    return within(root, []);
  });
  expect(unmarked).toEqual([]);
  const monitor = stepKinds.get('monitor');
  expect(
    monitor && schemasAt(jsonSchemaOf(monitor.input), ['success']).map(({ format }) => format),
  ).toContain(celFormat);
});
