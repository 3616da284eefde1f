import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localFiles } from '../../src/adapters/artifacts/local-files.ts';
import { command } from '../../src/steps/command.ts';
import { json, serve } from '../support/http-server.ts';
import { runOnce } from '../support/step-context.ts';

const patience = 240_000;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-programs-'));
  await mkdir(join(dir, 'reports'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const run = (input: object) =>
  runOnce(command, { cwd: dir, ...input }, { world: { files: localFiles(dir) } });
const write = (file: string, text: string) => writeFile(join(dir, file), text);

describe('the real vitest', () => {
  const wanted = {
    argv: [
      ...[process.execPath, 'node_modules/vitest/vitest.mjs', 'run', '--root', '.'],
      ...['--reporter=json', '--outputFile=reports/vitest.json'],
    ],
    ...{ parse: 'vitest', report: 'reports/vitest.json' },
  };
  const good = "import { expect, test } from 'vitest';\ntest('adds', () => expect(1 + 1).toBe(2));\n";

  it(
    'tells its counts, its first failure, and a file that does not load',
    async () => {
      await symlink(resolve('node_modules'), join(dir, 'node_modules'));
      await write('good.test.js', good);
      expect(await run(wanted)).toMatchObject({
        status: 'succeeded',
        summary: expect.stringMatching(/^1 passed, 0 failed \(node, /),
      });
      await write(
        'bad.test.js',
        "import { expect, test } from 'vitest';\ntest('limits', () => expect(5).toBe(6));\n",
      );
      await write('broken.test.js', "import './no-such-file.js';\n");
      expect(await run(wanted)).toMatchObject({
        status: 'failed',
        summary: expect.stringMatching(/^1 passed, 2 failed: limits - AssertionError: expected 5 to be 6/),
        detail: expect.stringContaining('broken.test.js'),
      });
    },
    patience,
  );
});

describe('the real npm audit', () => {
  const advisory = (severity: string) => ({
    minimist: [
      {
        ...{ id: 1096466, url: 'https://github.com/advisories/GHSA-vh95-rmgr-6w4m', severity },
        ...{ title: 'Prototype Pollution in minimist', vulnerable_versions: '<1.2.3', cwe: ['CWE-1321'] },
        cvss: { score: 5.6, vectorString: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:L' },
      },
    ],
  });
  const lockFile = {
    ...{ name: 'trader', version: '1.0.0', lockfileVersion: 3, requires: true },
    packages: {
      '': { name: 'trader', version: '1.0.0', dependencies: { minimist: '1.2.0' } },
      'node_modules/minimist': { version: '1.2.0' },
    },
  };
  /** The two questions that npm asks a registry: which advisories there are, and which versions of a package. */
  const registry = (advisories: object) =>
    serve(({ method, path }, response) => {
      if (method === 'POST' && path.endsWith('/advisories/bulk')) return json(response, advisories);
      const version = (number: string) => ({ name: 'minimist', version: number });
      const versions = { '1.2.0': version('1.2.0'), '1.2.8': version('1.2.8') };
      json(response, { name: 'minimist', 'dist-tags': { latest: '1.2.8' }, versions });
    });

  it.each([
    ['high', 'failed', /^1 high vulnerability; none is allowed from high on \(npm, exit code 1, /],
    ['moderate', 'succeeded', /^1 moderate vulnerability \(npm, /],
    ['none', 'succeeded', /^no vulnerabilities in 1 package \(npm, /],
  ] as const)(
    'with %s found: %s',
    async (severity, status, summary) => {
      await write('package.json', JSON.stringify(lockFile.packages['']));
      await write('package-lock.json', JSON.stringify(lockFile));
      const server = await registry(severity === 'none' ? {} : advisory(severity));
      try {
        const argv = ['npm', 'audit', '--json', `--registry=${server.url}`, `--cache=${join(dir, 'cache')}`];
        expect(await run({ argv, parse: 'npm-audit', failAt: 'high' })).toMatchObject({
          status,
          summary: expect.stringMatching(summary),
        });
      } finally {
        await server.stop();
      }
    },
    patience,
  );

  it(
    'that can’t ask its registry is a failure in its own words',
    async () => {
      await write('package.json', '{"name":"trader","version":"1.0.0"}');
      expect(await run({ argv: ['npm', 'audit', '--json'], parse: 'npm-audit' })).toMatchObject({
        status: 'failed',
        summary: expect.stringMatching(/its report can't be used: npm could not audit: .*lockfile/),
      });
    },
    patience,
  );
});

function pytestInstalled(): boolean {
  if (spawnSync('pytest', ['--version']).status === 0) return true;
  console.error('NOT TESTED with the real pytest, only with what it wrote elsewhere: put it on the PATH.');
  return false;
}

describe.runIf(pytestInstalled())('the real pytest', () => {
  it(
    'tells its counts and its first failure',
    async () => {
      await write('test_ledger.py', 'def test_adds():\n    assert 1 + 1 == 2\n');
      const wanted = {
        argv: ['pytest', '-p', 'no:cacheprovider', '--junitxml=reports/pytest.xml'],
        ...{ parse: 'pytest', report: 'reports/pytest.xml' },
      };
      expect(await run(wanted)).toMatchObject({
        status: 'succeeded',
        summary: expect.stringMatching(/^1 passed, 0 failed \(pytest, /),
      });
      await write('test_limit.py', 'def test_limit():\n    assert 5 == 6\n');
      expect(await run(wanted)).toMatchObject({
        status: 'failed',
        summary: expect.stringMatching(
          /^1 passed, 1 failed: test_limit - .*assert 5 == 6 \(pytest, exit code 1, /,
        ),
      });
      expect(
        await run({ ...wanted, argv: ['pytest', 'no-such-folder', '--junitxml=reports/pytest.xml'] }),
      ).toMatchObject({
        status: 'failed',
      });
    },
    patience,
  );
});
