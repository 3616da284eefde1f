import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stepKinds } from '../../src/steps/registry.ts';
import { boundaryFaults } from './layers.ts';
import { purityFaults } from './purity.ts';
import { drawerFaults, registryFaults, sizeFaults } from './shape.ts';
import { root, sourceFile, sourceFiles } from './source.ts';

const files = sourceFiles('src');
const lines = (count: number) => 'export {};\n'.repeat(count);

function faultsIn(
  check: (files: ReturnType<typeof sourceFile>[]) => string[],
  path: string,
  text: string,
): string[] {
  return check([sourceFile(path, text)]);
}

test('the whole tree was read', () => {
  const layers = new Set(files.map((file) => file.path.split('/')[1]));
  expect([...layers]).toEqual(
    expect.arrayContaining(['core', 'ports', 'steps', 'jobs', 'commands', 'adapters']),
  );
  expect(files.flatMap((file) => file.imports).length).toBeGreaterThan(200);
});

describe('imports run one way', () => {
  test('in all of src', () => {
    expect(boundaryFaults(files)).toEqual([]);
  });

  test.each([
    ['src/core/x.ts', "import { x } from '../ports/step.ts';", 'core must not import src/ports/step.ts'],
    [
      'src/core/x.ts',
      "import type { x } from '../adapters/log.ts';",
      'core must not import src/adapters/log.ts',
    ],
    ['src/core/a/x.ts', "export * from '../../steps/wait.ts';", 'core must not import src/steps/wait.ts'],
    ['src/core/x.ts', "type X = import('../jobs/y.ts').Y;", 'core must not import src/jobs/y.ts'],
    ['src/core/x.ts', "const x = import('node:fs');", 'core must not import node:fs'],
    ['src/core/x.ts', 'const x = (name: string) => import(name);', 'the package a computed name'],
    [
      'src/core/x.ts',
      "import { readFile } from 'node:fs/promises';",
      'core must not import node:fs/promises',
    ],
    ['src/core/x.ts', "import { Redis } from 'ioredis';", 'core must not import the package ioredis'],
    ['src/ports/x.ts', "import { y } from '../steps/y.ts';", 'ports must not import src/steps/y.ts'],
    [
      'src/steps/x.ts',
      "import { y } from '../adapters/chart/y.ts';",
      'steps must not import src/adapters/chart/y.ts',
    ],
    ['src/steps/x.ts', "import { y } from '../commands/y.ts';", 'steps must not import src/commands/y.ts'],
    ['src/jobs/x.ts', "import { Queue } from 'bullmq';", 'jobs must not import the package bullmq'],
    ['src/jobs/x.ts', "import { c } from '@aws-sdk/client-s3';", 'the package @aws-sdk/client-s3'],
    [
      'src/commands/x.ts',
      "import { spawn } from 'node:child_process';",
      'commands must not import node:child_process',
    ],
    [
      'src/commands/x.ts',
      "import { y } from '../../sandbox/start.ts';",
      'commands must not import sandbox/start.ts',
    ],
    [
      'src/adapters/slack/x.ts',
      "import { y } from '../redis/y.ts';",
      'must not import another one, src/adapters/redis/y.ts',
    ],
    [
      'src/adapters/slack/x.ts',
      "import { y } from '../../jobs/y.ts';",
      'adapters must not import src/jobs/y.ts',
    ],
    [
      'src/adapters/slack/x.ts',
      "import { y } from '../../compose.ts';",
      'adapters must not import src/compose.ts',
    ],
    ['src/helpers/x.ts', '', 'belongs to no layer'],
    ['src/stray.ts', '', 'belongs to no layer'],
  ])('%s: %s', (path, text, fault) => {
    expect(faultsIn(boundaryFaults, path, text)).toEqual([expect.stringContaining(fault)]);
  });

  test.each([
    ['src/core/x.ts', "import { z } from 'zod'; import { y } from './y.ts';"],
    [
      'src/adapters/redis/embedded.ts',
      "import { y } from './embedded/y.ts'; import { Redis } from 'ioredis';",
    ],
    ['src/adapters/slack/x.ts', "import type { Log } from '../log.ts'; import { y } from '../../core/y.ts';"],
    ['src/compose.ts', "import { y } from './adapters/slack/y.ts'; import { z } from '../sandbox/start.ts';"],
    ['src/cli/start.ts', "import { y } from '../compose.ts';"],
  ])('good: %s: %s', (path, text) => {
    expect(faultsIn(boundaryFaults, path, text)).toEqual([]);
  });
});

describe('time, chance and the process come in from outside', () => {
  test('in all that decides', () => {
    expect(purityFaults(files)).toEqual([]);
  });

  test.each([
    ['const now = Date.now();', 'Date.now()'],
    ['const now = new Date();', 'new Date()'],
    ['const now = Date();', 'Date()'],
    ['const id = Math.random();', 'Math.random()'],
    ["import { randomUUID } from 'node:crypto'; const id = randomUUID();", 'randomUUID()'],
    ['const home = process.env.HOME;', 'process.env'],
    ["void fetch('http://x');", 'fetch()'],
    ['setTimeout(() => {}, 1);', 'setTimeout()'],
    ["console.log('x');", 'console.log()'],
  ])('%s', (text, used) => {
    const faults = faultsIn(purityFaults, 'src/core/x.ts', text);
    expect(faults).toEqual([`src/core/x.ts uses ${used}: it has to come in from outside`]);
    expect(faultsIn(purityFaults, 'src/adapters/x.ts', text)).toEqual([]);
  });

  test.each([
    ['src/core/x.ts', 'const at = new Date(now).toISOString();'],
    ['src/steps/x.ts', 'const run = ({ fetch }: World) => fetch("http://x");'],
    ['src/steps/x.ts', 'const began = performance.now();'],
    ['src/jobs/x.ts', 'setTimeout(stop, limit);'],
  ])('what was handed in is not taken: %s: %s', (path, text) => {
    expect(faultsIn(purityFaults, path, text)).toEqual([]);
  });
});

describe('a step kind is one file and one line', () => {
  const registryPath = 'src/steps/registry.ts';
  const registry = (text: string) => sourceFile(registryPath, text);

  test('the registry and the folder agree', () => {
    const beside = readdirSync(join(root, 'src/steps'), { withFileTypes: true });
    const names = beside.filter((entry) => entry.isFile()).map((entry) => `src/steps/${entry.name}`);
    const real = files.find((file) => file.path === registryPath) ?? registry('');
    expect(registryFaults(names, [...stepKinds.keys()], real)).toEqual([]);
  });

  test.each([
    ["import { a } from './a-b.ts';", ['a.b'], []],
    [
      '',
      [],
      [
        'src/steps/a-b.ts is not imported exactly once by src/steps/registry.ts',
        'no kind of src/steps/a-b.ts is registered',
      ],
    ],
    ["import { a } from './a-b.ts';", [], ['no kind of src/steps/a-b.ts is registered']],
    ["import { a } from './a-b.ts';", ['a.b', 'c'], ['the kind c does not stand in src/steps/c.ts']],
    [
      "import { a } from './a-b.ts'; import { a as c } from './a-b.ts';",
      ['a.b'],
      ['src/steps/a-b.ts is not imported exactly once by src/steps/registry.ts'],
    ],
  ])('%s with %j', (text, registered, faults) => {
    expect(registryFaults(['src/steps/a-b.ts', registryPath], registered, registry(text))).toEqual(faults);
  });
});

describe('files have a size and a subject', () => {
  test('in the whole tree', () => {
    const all = [...files, ...sourceFiles('sandbox'), ...sourceFiles('test')];
    expect(sizeFaults(files)).toEqual([]);
    expect(drawerFaults(all.map((file) => file.path))).toEqual([]);
  });

  test('a long one is told', () => {
    expect(faultsIn(sizeFaults, 'src/core/x.ts', lines(320))).toEqual([]);
    expect(faultsIn(sizeFaults, 'src/core/x.ts', lines(321))).toEqual([
      'src/core/x.ts has 321 lines; 320 is the most',
    ]);
  });

  test.each(['src/core/utils.ts', 'src/utils/x.ts', 'src/adapters/slack/helpers.ts', 'test/common/x.ts'])(
    'a drawer is told: %s',
    (path) => {
      expect(drawerFaults([path, 'src/core/nearest.ts', 'src/core/useful.ts'])).toHaveLength(1);
    },
  );
});
