import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { root } from '../architecture/source.ts';
import { processes } from '../support/process-tree.ts';
import { until } from '../support/until.ts';

/** What a stand-in for npm does with one of its commands: its exit status, and the report that Vitest would write. */
interface Part {
  status?: number;
  /** Fails the first time only. */
  once?: true;
  /** Leaves a process running that holds what it was given, and writes its id to the file `left`. */
  leaves?: true;
  /** Doesn't end by itself. */
  hangs?: true;
  prints?: string;
  report?: { numPassedTests: number; numFailedTests: number; testResults?: object[] };
}

type Parts = Partial<Record<'ci' | 'test' | 'run check' | 'run test:integration', Part>>;

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cutover-ci-'));
  mkdirSync(join(dir, '.ci'));
  mkdirSync(join(dir, 'bin'));
  for (const name of ['.ci/run', '.ci/report.js', 'package.json'])
    copyFileSync(join(root, name), join(dir, name));
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function standIn(name: string, text: string): void {
  writeFileSync(join(dir, 'bin', name), text);
  chmodSync(join(dir, 'bin', name), 0o755);
}

/** Starts `.ci/run` with a stand-in for npm. */
function startCi(parts: Parts): { ci: ChildProcess; over: Promise<{ status: number; lines: string[] }> } {
  standIn('id', '#!/bin/sh\necho 1000\n');
  standIn(
    'npm',
    `#!${process.execPath}
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
const words = process.argv.slice(2);
const command = words.slice(0, words[0] === 'run' ? 2 : 1).join(' ');
const calls = ${JSON.stringify(join(dir, 'calls'))};
appendFileSync(calls, command + ' CI=' + process.env.CI + '\\n');
const { status = 0, once, leaves, hangs, prints, report } = ${JSON.stringify(parts)}[command] ?? {};
const file = words.find((word) => word.startsWith('--outputFile.json='))?.split('=')[1];
if (report && file) writeFileSync(file, JSON.stringify(report));
if (prints) console.log(prints);
if (leaves) {
  const { pid } = spawn('sleep', ['600'], { detached: true, stdio: 'inherit' });
  writeFileSync(${JSON.stringify(join(dir, 'left'))}, String(pid));
}
if (hangs) setInterval(() => undefined, 60_000);
else process.exit(once && readFileSync(calls, 'utf8').split(command + ' ').length > 2 ? 0 : status);
`,
  );
  const path = [join(dir, 'bin'), process.env.PATH].join(delimiter);
  const ci = spawn(join(dir, '.ci/run'), {
    env: { ...process.env, PATH: path, CUTOVER_CI_PAUSE: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = new Promise<number>((resolve) => ci.once('exit', (code) => resolve(code ?? -1)));
  const over = Promise.all([text(ci.stdout), exit]).then(([stdout, status]) => ({
    status,
    lines: stdout.trimEnd().split('\n'),
  }));
  return { ci, over };
}

async function leftIsGone(): Promise<void> {
  const left = Number(readFileSync(join(dir, 'left'), 'utf8'));
  expect(left).toBeGreaterThan(1);
  await until('the end of what was left', async () => !(await processes()).some(({ pid }) => pid === left));
}

const calls = () => readFileSync(join(dir, 'calls'), 'utf8').trim().split('\n');

const good = (passed: number): Part => ({ report: { numPassedTests: passed, numFailedTests: 0 } });
const allGood: Parts = { test: good(40), 'run test:integration': good(7) };

test.each<[string, Parts, number, string]>([
  ['all good', allGood, 0, '49 passed, 0 failed'],
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
])('.ci/run with %s', async (_, parts, status, last) => {
  const run = await startCi(parts).over;
  expect({ status: run.status, last: run.lines.at(-1) }).toEqual({ status, last });
  expect(calls()).toEqual([
    ...(parts.ci?.status ? ['ci CI=true'] : []),
    'ci CI=true',
    'test CI=true',
    'run check CI=true',
    'run test:integration CI=true',
  ]);
});

test('.ci/run tries once more what a registry may fail at for a moment', async () => {
  const { over } = startCi({ ...allGood, ci: { status: 1, once: true } });
  expect((await over).lines.at(-1)).toBe('49 passed, 0 failed');
  expect(calls().filter((call) => call.startsWith('ci'))).toHaveLength(2);
});

test('.ci/run tells what failed just before its last line', async () => {
  const assertionResults = [
    { fullName: 'a card has a title', status: 'passed', failureMessages: [] },
    {
      fullName: 'a card has an end',
      status: 'failed',
      failureMessages: ['Error: it has none\n    at card.ts:1'],
    },
  ];
  const testResults = [
    { name: join(dir, 'test/card/card.test.ts'), status: 'failed', assertionResults },
    {
      name: join(dir, 'test/card/late.test.ts'),
      status: 'failed',
      message: 'no such module',
      assertionResults: [],
    },
  ];
  const { over } = startCi({
    test: { status: 1, report: { numPassedTests: 3, numFailedTests: 1, testResults } },
    'run check': { status: 2, prints: 'src/card.ts is unused' },
    'run test:integration': { status: 3, prints: 'the last words' },
  });
  const { lines } = await over;
  expect(lines.slice(lines.indexOf('=== What failed'))).toEqual([
    '=== What failed',
    'test/card/card.test.ts: a card has an end',
    '  Error: it has none',
    '      at card.ts:1',
    'test/card/late.test.ts failed',
    '  no such module',
    'check failed with exit status 2',
    '  src/card.ts is unused',
    'integration ended with exit status 3 and no failed test',
    '  the last words',
    '',
    '4 passed, 3 failed',
  ]);
});

test('.ci/run ends what a part leaves running, and does not wait for it', async () => {
  const { over } = startCi({ ...allGood, test: { ...good(40), leaves: true } });
  expect((await over).lines.at(-1)).toBe('49 passed, 0 failed');
  await leftIsGone();
});

test('.ci/run says what it has when it is broken off', async () => {
  const { ci, over } = startCi({ ...allGood, 'run test:integration': { hangs: true, leaves: true } });
  await until('the part that hangs', () => existsSync(join(dir, 'left')));
  ci.kill('SIGTERM');
  const { status, lines } = await over;
  expect(status).toBe(1);
  expect(lines.slice(-4)).toEqual([
    '=== What failed',
    'integration was broken off',
    '',
    '42 passed, 1 failed',
  ]);
  await leftIsGone();
});
