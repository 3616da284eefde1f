import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadEnvironments } from '../../src/core/environments.ts';
import { parseExpression } from '../../src/core/playbook/expression.ts';
import { loadPlaybook } from '../../src/core/playbook/load.ts';
import { anyCharacter } from '../support/characters.ts';
import { goodPlaybook, testKinds } from './kinds.ts';

function expectAnEnd(text: string): void {
  const loaded = loadPlaybook(text, { file: 'f.yaml', kinds: testKinds });
  if (!('problems' in loaded)) {
    expect(loaded.playbook.phases.length).toBeGreaterThan(0);
    return;
  }
  expect(loaded.problems.length).toBeGreaterThan(0);
  expect(loaded.problems.length).toBeLessThanOrEqual(50);
  for (const { line, column, message } of loaded.problems) {
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
    expect(line).toBeLessThanOrEqual(text.split('\n').length);
    expect(message).toMatch(/\S/);
    expect(message).not.toMatch(/undefined|\[object|Invalid input/);
  }
}

const snippets = fc.constantFrom(
  ...[
    '${{',
    '}}',
    ' steps.flip.before ',
    '*a',
    '&a ',
    '- ',
    ': ',
    '\n',
    '  ',
    '\t',
    '"',
    "'",
    '[',
    ']',
    '{',
    '}',
    '|',
    '>',
    '#',
  ],
  ...[
    'null',
    '~',
    '.nan',
    '1e400',
    '-',
    '---\n',
    '<<: ',
    '!!str ',
    '__proto__: 1\n',
    'constructor',
    '\u0000',
    '\ud800',
    '$${{',
    'true',
  ],
);

describe('no text makes the loader throw', () => {
  it('of any characters', () => {
    fc.assert(fc.property(fc.string({ unit: anyCharacter, maxLength: 200 }), expectAnEnd), { numRuns: 200 });
  });

  it('of pieces of YAML', () => {
    fc.assert(
      fc.property(fc.array(snippets, { maxLength: 40 }), (parts) => expectAnEnd(parts.join(''))),
      { numRuns: 300 },
    );
  });

  it('of any YAML value', () => {
    const value = fc.object({
      key: fc.constantFrom('apiVersion', 'phases', 'steps', 'with', 'name', 'x'),
      maxDepth: 4,
    });
    fc.assert(
      fc.property(value, (any) => expectAnEnd(stringify(any))),
      { numRuns: 200 },
    );
  });

  it('that was a good playbook before something was put into it or taken out', () => {
    const edit = fc.record({
      at: fc.nat(goodPlaybook.length),
      take: fc.nat(30),
      put: fc.array(snippets, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        let text = goodPlaybook;
        for (const { at, take, put } of edits)
          text = text.slice(0, at) + put.join('') + text.slice(at + take);
        expectAnEnd(text);
      }),
      { numRuns: 500 },
    );
  });

  it('whose lines were moved, doubled or lost', () => {
    const all = goodPlaybook.split('\n');
    fc.assert(
      fc.property(fc.array(fc.nat(all.length - 1), { maxLength: 60 }), (order) => {
        expectAnEnd(order.map((index) => all[index]).join('\n'));
      }),
      { numRuns: 200 },
    );
  });

  it('of environments either', () => {
    fc.assert(
      fc.property(fc.array(snippets, { maxLength: 30 }), (parts) => {
        const loaded = loadEnvironments(`staging: ${parts.join('')}`, { file: 'e.yaml' });
        expect('environments' in loaded || loaded.problems.length > 0).toBe(true);
      }),
    );
  });
});

it('no expression makes the parser throw', () => {
  const part = fc.constantFrom(
    'steps',
    '.',
    'a',
    '(',
    ')',
    '[',
    ']',
    '"',
    "'",
    '==',
    '=',
    '&&',
    '?',
    ':',
    '1',
    '-',
    'has',
    'map',
    ',',
    '{',
    '}',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
      const source = parts.join('');
      const parsed = parseExpression(source);
      if ('error' in parsed) {
        expect(parsed.error).toMatch(/\S/);
        expect(parsed.at).toBeLessThanOrEqual(source.length);
      }
    }),
    { numRuns: 1_000 },
  );
});
