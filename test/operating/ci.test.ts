import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { root } from '../architecture/source.ts';

/** What a stand-in for npm does with one of its commands: its exit status, and the report that Vitest would write. */
interface Part {
  status?: number;
  report?: { numPassedTests: number; numFailedTests: number };
}

type Parts = Partial<Record<'ci' | 'test' | 'run check' | 'run test:integration', Part>>;

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cutover-ci-'));
  mkdirSync(join(dir, '.ci'));
  mkdirSync(join(dir, 'bin'));
  copyFileSync(join(root, '.ci/run'), join(dir, '.ci/run'));
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function standIn(name: string, text: string): void {
  writeFileSync(join(dir, 'bin', name), text);
  chmodSync(join(dir, 'bin', name), 0o755);
}

function runCi(parts: Parts) {
  standIn('id', '#!/bin/sh\necho 1000\n');
  standIn(
    'npm',
    `#!${process.execPath}
const { appendFileSync, writeFileSync } = require('node:fs');
const words = process.argv.slice(2);
const command = words.slice(0, words[0] === 'run' ? 2 : 1).join(' ');
appendFileSync(${JSON.stringify(join(dir, 'calls'))}, command + ' CI=' + process.env.CI + '\\n');
const { status = 0, report } = ${JSON.stringify(parts)}[command] ?? {};
const file = words.find((word) => word.startsWith('--outputFile.json='))?.split('=')[1];
if (report && file) writeFileSync(file, JSON.stringify(report));
process.exitCode = status;
`,
  );
  const path = [join(dir, 'bin'), process.env.PATH].join(delimiter);
  const { status, stdout } = spawnSync(join(dir, '.ci/run'), {
    env: { ...process.env, PATH: path },
    encoding: 'utf8',
  });
  const calls = readFileSync(join(dir, 'calls'), 'utf8').trim().split('\n');
  return { status, last: stdout.trimEnd().split('\n').at(-1), calls };
}

const good = (passed: number): Part => ({ report: { numPassedTests: passed, numFailedTests: 0 } });

test.each<[string, Parts, number, string]>([
  ['all good', { test: good(40), 'run test:integration': good(7) }, 0, '49 passed, 0 failed'],
  [
    'failed tests',
    {
      test: { status: 1, report: { numPassedTests: 38, numFailedTests: 2 } },
      'run test:integration': good(7),
    },
    1,
    '47 passed, 2 failed',
  ],
  [
    'a failed check',
    { test: good(1), 'run check': { status: 1 }, 'run test:integration': good(1) },
    1,
    '3 passed, 1 failed',
  ],
  [
    'a file that does not load',
    { test: { ...good(40), status: 1 }, 'run test:integration': good(7) },
    1,
    '49 passed, 1 failed',
  ],
  ['no report', { test: { status: 139 }, 'run test:integration': good(7) }, 1, '9 passed, 1 failed'],
  ['no tests', { test: good(0), 'run test:integration': good(7) }, 1, '9 passed, 1 failed'],
  [
    'nothing works',
    {
      ci: { status: 1 },
      test: { status: 1 },
      'run check': { status: 1 },
      'run test:integration': { status: 1 },
    },
    1,
    '0 passed, 4 failed',
  ],
])('.ci/run with %s', (_, parts, status, last) => {
  const run = runCi(parts);
  expect(run).toMatchObject({ status, last });
  expect(run.calls).toEqual([
    'ci CI=true',
    'test CI=true',
    'run check CI=true',
    'run test:integration CI=true',
  ]);
});
