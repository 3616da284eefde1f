import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { longestReport, type Reporter, readReport } from '../../src/core/results/read.ts';
import type { Severity } from '../../src/core/results/results.ts';
import { lineOf, objection, toldOf } from '../../src/core/results/words.ts';

/** What the programs wrote: pytest 9.0, vitest 5.1, Playwright 1.65, npm 11.19, pip-audit 2.10. */
const recorded = (file: string) => readFile(`test/results/reports/${file}`, 'utf8');

function resultsOf(reporter: Reporter, text: string) {
  const read = readReport(reporter, text);
  if ('unusable' in read) throw new Error(read.unusable);
  return read.results;
}

const unusable = (reporter: Reporter, text: string) => {
  const read = readReport(reporter, text);
  return 'unusable' in read ? read.unusable : lineOf(read.results);
};

describe('recorded reports', () => {
  it.each([
    [
      'pytest',
      'pytest.xml',
      "3 passed, 2 failed, 2 skipped: test_limit - AssertionError: assert {'limit': 5} == {'limit': 6} Differing items: {'limit': 5} != {'limit': 6} Use -v to get more diff",
    ],
    [
      'vitest',
      'vitest.json',
      "2 passed, 2 failed, 2 skipped: reconnects - AssertionError: expected 'closed' to be 'open' // Object.is equality",
    ],
    [
      'playwright',
      'playwright.json',
      '3 passed, 1 failed, 1 skipped, 1 flaky: reconnects - Error: the state of the feed expect(received).toBe(expected) // Object.is equality Expected: "open" Received: "closed"',
    ],
    ['npm-audit', 'npm-audit.json', '1 high, 1 moderate vulnerabilities'],
    ['npm-audit', 'npm-audit-none.json', 'no vulnerabilities in 2 packages'],
    ['pip-audit', 'pip-audit.json', '3 vulnerabilities, 1 not audited'],
    ['pip-audit', 'pip-audit-fixes.json', '3 vulnerabilities, 1 not audited'],
    ['pip-audit', 'pip-audit-none.json', 'no vulnerabilities in 0 packages'],
    ['pip-audit', 'pip-audit-skipped.json', 'no vulnerabilities in 0 packages, 1 not audited'],
  ] as const)('%s: %s', async (reporter, file, line) => {
    expect(lineOf(resultsOf(reporter, await recorded(file)))).toBe(line);
  });

  it('tell what failed, line by line', async () => {
    expect(toldOf(resultsOf('vitest', await recorded('vitest.json')))).toEqual([
      "the council feed › reconnects: AssertionError: expected 'closed' to be 'open' // Object.is equality",
      "broken.test.ts: Cannot find module './no-such-file.ts' imported from /srv/trader/vt/t/broken.test.ts",
    ]);
    expect(toldOf(resultsOf('pytest', await recorded('pytest.xml')))[1]).toBe(
      'test_audit › test_needs: failed on setup with "RuntimeError: no database at <host> & port#x00"',
    );
    expect(toldOf(resultsOf('npm-audit', await recorded('npm-audit.json')))).toEqual([
      'high: lodash - Command Injection in lodash',
      'moderate: minimist - Prototype Pollution in minimist',
    ]);
    expect(toldOf(resultsOf('pip-audit', await recorded('pip-audit.json')))).toEqual([
      'flask 0.5 - PYSEC-2019-179, fixed in 1.0',
      'flask 0.5 - PYSEC-2018-66, fixed in 0.12.3',
      'ecdsa 0.19.0 - CVE-2024-23342, not fixed yet',
    ]);
  });

  it.each<[Reporter, string, Severity, string | undefined]>([
    ['npm-audit', 'npm-audit.json', 'low', 'none is allowed from low on'],
    ['npm-audit', 'npm-audit.json', 'high', 'none is allowed from high on'],
    ['npm-audit', 'npm-audit.json', 'critical', undefined],
    ['npm-audit', 'npm-audit-none.json', 'info', undefined],
    ['pip-audit', 'pip-audit.json', 'critical', 'none is allowed'],
    ['pip-audit', 'pip-audit-none.json', 'critical', 'not one package was audited'],
    ['pip-audit', 'pip-audit-skipped.json', 'critical', 'not one package was audited'],
    ['pytest', 'pytest.xml', 'low', 'tests failed'],
  ])('%s %s, fail at %s: %s', async (reporter, file, failAt, expected) => {
    expect(objection(resultsOf(reporter, await recorded(file)), failAt)).toBe(expected);
  });

  it('of npm are found behind the lines that `npm run` prints', async () => {
    const text = `\n> trader@1.0.0 audit\n> npm audit --json\n\n${await recorded('npm-audit-none.json')}`;
    expect(unusable('npm-audit', text)).toBe('no vulnerabilities in 2 packages');
  });

  it('of npm that say that it could not audit are no audit', async () => {
    expect(unusable('npm-audit', await recorded('npm-audit-refused.json'))).toMatch(
      /^npm could not audit: 405 Method Not Allowed/,
    );
  });
});

const suite = (attributes: string, inner = '<testcase name="a"/>') =>
  `<testsuites><testsuite ${attributes}>${inner}</testsuite></testsuites>`;
const vitest = (more: object) =>
  JSON.stringify({
    success: true,
    numPassedTests: 1,
    numFailedTests: 0,
    testResults: [{ name: 'a', status: 'passed', assertionResults: [{ title: 'a', status: 'passed' }] }],
    ...more,
  });
const npm = (severity: string, counts: object) =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: { a: { name: 'a', severity, via: ['b'] } },
    metadata: {
      vulnerabilities: { info: 0, low: 0, moderate: 0, high: 0, critical: 0, total: 0, ...counts },
      dependencies: { total: 1 },
    },
  });

describe('wrong reports', () => {
  it.each<[string, Reporter, string, RegExp]>([
    ['nothing', 'pytest', ' \n', /^it is empty$/],
    ['another program’s', 'pytest', vitest({}), /^it is not whole: /],
    ['another program’s', 'vitest', suite(''), /^there is no JSON in it$/],
    ['another program’s', 'playwright', vitest({}), /^it is not what this program writes \(suites: /],
    ['another program’s', 'pip-audit', npm('low', { low: 1 }), /^it is not what this program writes/],
    ['another document', 'pytest', '<html/>', /^it begins with <html>/],
    [
      'failures that are not shown',
      'pytest',
      suite('failures="1"'),
      /contradicts itself: it says failures="1"/,
    ],
    ['skips that are not shown', 'pytest', suite('skipped="9"'), /contradicts itself/],
    [
      'a failure that is not counted',
      'pytest',
      suite('failures="0"', '<testcase name="a"><failure/></testcase>'),
      /contradicts itself: it says failures="0" and shows 1/,
    ],
    [
      'entities',
      'pytest',
      `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${suite('', '<testcase name="&x;"/>')}`,
      /^it is not whole: |document type/,
    ],
    [
      'a document type',
      'pytest',
      `<!DOCTYPE testsuites>${suite('')}`,
      /^a document type has no place in it$/,
    ],
    ['a success with failures', 'vitest', vitest({ numFailedTests: 1 }), /contradicts itself: its counts/],
    ['a failure without one', 'vitest', vitest({ success: false }), /success is false, failed are 0/],
    ['a severity that there is not', 'npm-audit', npm('none', {}), /^it is not what this program writes/],
    ['a count too low', 'npm-audit', npm('high', {}), /contradicts itself: it says 0 high and shows 1/],
    ['npm 6', 'npm-audit', '{"actions":[],"advisories":{}}', /^it is not what this program writes/],
    ['what follows', 'pip-audit', '{"dependencies":[]} trailing', /^it is not whole: /],
    ['too much', 'vitest', ' '.repeat(longestReport + 1), /^it is longer than/],
  ])('%s (%s)', (_, reporter, text, message) => {
    expect(unusable(reporter, text)).toMatch(message);
  });

  it('what shows nothing is no success', () => {
    const objectionTo = (reporter: Reporter, text: string) => objection(resultsOf(reporter, text), 'low');
    expect(objectionTo('pytest', '<testsuites/>')).toMatch(/^no test passed/);
    expect(objectionTo('pytest', suite('', '<testcase name="a"><skipped/></testcase>'))).toMatch(/^no test/);
    expect(objectionTo('pip-audit', '{"dependencies":[]}')).toMatch(/^not one package/);
  });
});
