import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { localFiles } from '../../src/adapters/artifacts/local-files.ts';
import type { StepResult } from '../../src/ports/step.ts';
import { command } from '../../src/steps/command.ts';
import { contextFor } from '../support/step-context.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-report-'));
  await mkdir(join(dir, 'reports'));
});
afterEach(() => rm(dir, { recursive: true }));

const recorded = (file: string) => readFile(`test/results/reports/${file}`, 'utf8');

/** A program that writes or prints a report, and ends with a code. */
async function run(source: string, more: object): Promise<StepResult & { tails: string[] }> {
  const context = contextFor(
    command,
    { argv: [process.execPath, '-e', source], cwd: dir, ...more },
    { world: { files: localFiles(dir) } },
  );
  return { ...(await command.run(context, new AbortController().signal)), tails: context.tails };
}

const printing = (text: string, code = 0) =>
  `process.stdout.write(${JSON.stringify(text)}); process.exitCode = ${code}`;
const writing = (text: string, code = 0) =>
  `require('node:fs').writeFileSync('reports/junit.xml', ${JSON.stringify(text)}); console.log('collected'); process.exitCode = ${code}`;
const pytest = { parse: 'pytest', report: 'reports/junit.xml' };
const passed = '<testsuites><testsuite failures="0"><testcase name="a"/></testsuite></testsuites>';

it('reads the file that the program writes, and shows its lines as they come', async () => {
  expect(await run(writing(passed), pytest)).toMatchObject({
    status: 'succeeded',
    summary: expect.stringMatching(/^1 passed, 0 failed \(node, /),
    output: { code: 0, stdout: 'collected\n', tests: { passed: 1, failed: 0, skipped: 0, failures: [] } },
    tails: ['collected'],
  });
});

it('tells the counts and the first failure on one line, and the others below', async () => {
  const result = await run(writing(await recorded('pytest.xml'), 1), pytest);
  expect(result).toMatchObject({
    status: 'failed',
    retryable: true,
    summary: expect.stringMatching(
      /^3 passed, 2 failed, 2 skipped: test_limit - AssertionError.*\(node, exit code 1, /,
    ),
    detail: expect.stringContaining('test_audit › test_needs: failed on setup'),
    output: { tests: { failed: 2, failures: [{ name: 'test_limit' }, { name: 'test_needs' }] } },
  });
});

it('failures are a failure whatever the exit code is, and so is an exit code whatever the report says', async () => {
  expect((await run(writing(await recorded('pytest.xml'), 0), pytest)).status).toBe('failed');
  expect(await run(writing(passed, 3), pytest)).toMatchObject({
    status: 'failed',
    summary: expect.stringMatching(
      /^node ended with exit code 3 after .*, but its report tells of no failure: 1 passed, 0 failed$/,
    ),
  });
  const killed = `${writing(passed)}; process.kill(process.pid, 'SIGKILL')`;
  expect(await run(killed, pytest)).toMatchObject({
    status: 'failed',
    summary: expect.stringMatching(/^node was ended by SIGKILL after .*, but its report tells of no failure/),
  });
});

it('the report of an earlier run, none at all, half of one, and one elsewhere are no report', async () => {
  expect(await run('', pytest)).toMatchObject({
    status: 'failed',
    summary: expect.stringMatching(/exit code 0 .*its report can't be used: there is no file .*junit\.xml$/),
  });
  await writeFile(join(dir, 'reports', 'junit.xml'), passed);
  expect(await run('', pytest)).toMatchObject({
    status: 'failed',
    summary: expect.stringMatching(/junit\.xml is of an earlier run: this one did not write it$/),
  });
  expect((await run(writing(passed), pytest)).status).toBe('succeeded');
  expect(await run(writing(passed.slice(0, 60)), pytest)).toMatchObject({
    status: 'failed',
    summary: expect.stringMatching(/its report can't be used: it is not whole: /),
  });
  expect(await run(writing(passed), { ...pytest, cwd: tmpdir() })).toMatchObject({
    status: 'failed',
    summary: expect.stringMatching(/its report can't be used: .*(leads out of|no file)/),
  });
  const bytes = "require('node:fs').writeFileSync('reports/junit.xml', Buffer.from([0x3c, 0xff]))";
  expect((await run(bytes, pytest)).status).toBe('failed');
});

it('reads what the program prints, and does not show that as its lines', async () => {
  const result = await run(printing(await recorded('npm-audit.json'), 1), {
    parse: 'npm-audit',
    failAt: 'high',
  });
  expect(result).toMatchObject({
    status: 'failed',
    summary: expect.stringMatching(
      /^1 high, 1 moderate vulnerabilities; none is allowed from high on \(node, exit code 1, /,
    ),
    detail: expect.stringMatching(/^high: lodash - Command Injection in lodash\nmoderate: minimist/),
    output: { code: 1, audit: { vulnerabilities: 2, high: 1, moderate: 1, critical: 0 } },
    tails: [],
  });
});

it('an audit below its limit is a success, although the program ends with 1 for it', async () => {
  const audit = { parse: 'npm-audit', failAt: 'critical' };
  expect(await run(printing(await recorded('npm-audit.json'), 1), audit)).toMatchObject({
    status: 'succeeded',
    summary: expect.stringMatching(/^1 high, 1 moderate vulnerabilities \(node, /),
  });
  expect((await run(printing(await recorded('npm-audit.json'), 2), audit)).status).toBe('failed');
  expect((await run(printing(await recorded('npm-audit-none.json'), 1), audit)).status).toBe('failed');
  expect((await run(printing(await recorded('npm-audit-none.json')), audit)).status).toBe('succeeded');
});

it('reads long reports whole, and refuses what is longer', async () => {
  const many = (count: number) =>
    `const vulns = []; console.log(JSON.stringify({ dependencies: Array.from({ length: ${count} }, (_, i) => ({ name: 'package-' + i, version: '1.0.0', vulns })) }))`;
  expect(await run(many(10_000), { parse: 'pip-audit' })).toMatchObject({
    status: 'succeeded',
    summary: expect.stringMatching(/^no vulnerabilities in 10000 packages/),
  });
  expect(await run(many(100_000), { parse: 'pip-audit' })).toMatchObject({
    status: 'failed',
    summary: expect.stringMatching(/its report can't be used: it has 4194304 characters or more$/),
  });
});

it('what is expected beside the report has to hold as well', async () => {
  const expectation = { ...pytest, expect: 'stdout.contains("collected 900")' };
  expect(await run(writing(passed), expectation)).toMatchObject({
    status: 'failed',
    summary: expect.stringContaining('this does not hold: stdout.contains("collected 900")'),
  });
});

it.each([
  [{ parse: 'pytest' }, 'pytest writes its report to a file'],
  [{ parse: 'vitest', failAt: 'high' }, 'only npm-audit tells how grave'],
  [{ parse: 'pip-audit', failAt: 'high' }, 'only npm-audit tells how grave'],
  [{ report: 'junit.xml' }, 'say by `parse` whose report it is'],
  [{ parse: 'pytest', report: '../junit.xml' }, 'a relative path without hidden parts'],
  [{ parse: 'jest' }, 'parse'],
])('%j is refused', (more, message) => {
  const parsed = command.input.safeParse({ argv: ['x'], ...more });
  expect(JSON.stringify(parsed.error?.issues)).toContain(message);
});
