import { expect, it } from 'vitest';
import { nearest, suggestion } from '../../src/core/nearest.ts';
import { loadPlaybook } from '../../src/core/playbook/load.ts';
import { reportProblems } from '../../src/core/playbook/report-problems.ts';
import { goodPlaybook, testKinds } from './kinds.ts';

it('shows each problem with its line, a caret and a hint', () => {
  const text = goodPlaybook.replace('uses: approval', 'uses: aproval').replace('default: 3', 'default: 4');
  const loaded = loadPlaybook(text, { file: 'p.yaml', kinds: testKinds });
  const report = reportProblems('problems' in loaded ? loaded.problems : [], () => text);
  expect(report).toBe(
    [
      'p.yaml:7:36 the default does not fit: cycles must be one of 1, 3, 5, not 4',
      '      cycles: { type: number, default: 4, values: [1, 3, 5] }',
      '                                       ^',
      'p.yaml:30:15 there is no step kind "aproval"',
      '            uses: aproval',
      '                  ^',
      '    did you mean "approval"?',
    ].join('\n'),
  );
});

it('cuts a long line around its column, and does without a text', () => {
  const problem = { file: 'f', line: 1, column: 501, message: 'here' };
  const [, line = '', caret = ''] = reportProblems(
    [problem],
    () => `${'a'.repeat(500)}X${'b'.repeat(500)}`,
  ).split('\n');
  expect(line.length).toBeLessThan(170);
  expect(line.charAt(caret.indexOf('^'))).toBe('X');
  expect(reportProblems([problem])).toBe('f:1:501 here');
});

it.each([
  ['strat', ['status', 'start', 'stop'], 'start'],
  ['Onfailure', ['onFailure'], 'onFailure'],
  ['aprove', ['approve', 'abort'], 'approve'],
  ['x', ['a', 'b'], undefined],
  ['ab', ['ac'], undefined],
  ['rollback', ['report'], undefined],
  ['', ['a'], undefined],
])('the nearest to %s in %j is %s', (word, known, expected) => {
  expect(nearest(word, known)).toBe(expected);
});

it('does not measure what is far too long to be a word', () => {
  expect(nearest('x'.repeat(100_000), ['x'])).toBeUndefined();
});

it('lists what is known when nothing is near', () => {
  expect(suggestion('zebra', ['a', 'b'])).toBe('known: a, b');
  expect(suggestion('zebra', [])).toBeUndefined();
  expect(
    suggestion(
      'zebra',
      Array.from({ length: 20 }, (_, index) => `w${index}`),
    ),
  ).toMatch(/w11, …$/);
});
