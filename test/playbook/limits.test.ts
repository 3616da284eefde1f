import { describe, expect, it } from 'vitest';
import { loadEnvironments } from '../../src/core/environments.ts';
import { loadPlaybook } from '../../src/core/playbook/load.ts';
import { testKinds } from './kinds.ts';

const letters = [...'abcdefghi'];
const bomb = letters
  .map((letter, index) => {
    const item = index === 0 ? 'lol' : `*${letters[index - 1]}`;
    return `${letter}: &${letter} [${Array(9).fill(item).join(', ')}]`;
  })
  .join('\n');
const numbered = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n');

const hostile: [string, string, string][] = [
  ['5 MB', 'x'.repeat(5_000_000), '1:1 the file has 5000000 bytes; at most 1000000 are read'],
  ['a billion laughs', bomb, '1:1 too many aliases: at most 100 values may come from them'],
  [
    'many aliases of one value',
    `a: &a 1\n${numbered(5_000, (i) => `k${i}: *a`)}`,
    '1:1 too many aliases: at most 100 values may come from them',
  ],
  ['an alias to itself', 'a: &a [*a]', '1:8 *a stands within what it names'],
  ['an alias to nothing', 'a: *b', '1:4 nothing is named &b above'],
  ['brackets without end', '['.repeat(50_000), 'nested over 40 levels deep'],
  ['brackets that end', `a: ${'['.repeat(3_000)}${']'.repeat(3_000)}`, 'nested over 40 levels deep'],
  ['lists in lists', `${'- '.repeat(5_000)}x`, 'nested over 40 levels deep'],
  ['maps in maps', numbered(500, (i) => `${' '.repeat(i)}a:`), '41:41 nested over 40 levels deep'],
  ['an empty file', '', '1:1 the file is empty'],
  ['a file of comments', '# nothing\n', '1:1 the file is empty'],
  ['two documents', 'a: 1\n---\nb: 2\n', '2:1 a second document in one file: put it in a file of its own'],
  ['a tag', 'a: !!js/function "x"', '1:4 not YAML: Unresolved tag: tag:yaml.org,2002:js/function'],
  ['a key that is a list', '? [a]\n: 1', '1:3 not YAML: With stringKeys, all keys must be strings'],
  ['no YAML at all', '{{{ %', 'not YAML'],
];

describe.each([
  ['playbooks', (text: string) => loadPlaybook(text, { file: 'f', kinds: testKinds })],
  ['environments', (text: string) => loadEnvironments(text, { file: 'f' })],
])('%s refuse at once', (_, load) => {
  it.each(hostile)('%s', (_name, text, expected) => {
    const begun = performance.now();
    const loaded = load(text);
    expect(performance.now() - begun).toBeLessThan(5_000);
    const [first, ...more] = 'problems' in loaded ? loaded.problems : [];
    expect(`${first?.line}:${first?.column} ${first?.message}`).toContain(expected);
    expect(more.length).toBeLessThan(50);
  });
});

it('a map with 50,000 keys is not compared key by key', () => {
  const begun = performance.now();
  const loaded = loadPlaybook(
    numbered(50_000, (i) => `key${i}: 1`),
    { file: 'f', kinds: testKinds },
  );
  expect(performance.now() - begun).toBeLessThan(10_000);
  expect('problems' in loaded && loaded.problems.length).toBe(50);
});
