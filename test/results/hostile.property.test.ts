import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Reporter, readReport, reporters } from '../../src/core/results/read.ts';
import { lineOf, objection, toldOf } from '../../src/core/results/words.ts';
import { anyCharacter } from '../support/characters.ts';

const files: Record<Reporter, string> = {
  pytest: 'pytest.xml',
  vitest: 'vitest.json',
  playwright: 'playwright.json',
  'npm-audit': 'npm-audit.json',
  'pip-audit': 'pip-audit.json',
};
const recorded = (reporter: Reporter) =>
  readFileSync(`test/results/reports/${files[reporter]}`, 'utf8').trim();

/** One sentence, or results that people can be shown: bounded, on one line each, their numbers whole. */
function expectFit(reporter: Reporter, text: string): void {
  const read = readReport(reporter, text);
  const lines = 'unusable' in read ? [read.unusable] : [lineOf(read.results), ...toldOf(read.results)];
  expect(lines.length).toBeLessThanOrEqual(12);
  for (const line of lines) {
    expect(line.length).toBeLessThanOrEqual(450);
    expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
  }
  if ('unusable' in read || read.results.of === 'audit') return;
  const { passed, failed, skipped } = read.results;
  for (const count of [passed, failed, skipped]) expect(Number.isInteger(count) && count >= 0).toBe(true);
}

const piece = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 20 }),
  fc.constantFrom(
    '<failure/>',
    '</testcase>',
    ']]>',
    '<![CDATA[',
    '&x;',
    '"',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    'null',
    '-1',
    '1e999',
    '\0',
  ),
);

describe.each(reporters)('%s', (reporter) => {
  const whole = recorded(reporter);

  it('takes no text for results that it is not, and never breaks', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => expectFit(reporter, pieces.join(''))),
    );
  });

  it('takes no beginning of a report for a report', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (length) => {
        expect(readReport(reporter, whole.slice(0, length))).toHaveProperty('unusable');
      }),
    );
  });

  it('stands what is put into a report, and taken out of it', () => {
    const at = fc.integer({ min: 0, max: whole.length });
    fc.assert(
      fc.property(at, fc.integer({ min: 0, max: 30 }), piece, (from, length, put) =>
        expectFit(reporter, whole.slice(0, from) + put + whole.slice(from + length)),
      ),
    );
  });

  it.each([
    ['deep elements', '<testsuite>'.repeat(50_000)],
    ['deep lists', `{"suites":${'['.repeat(200_000)}`],
    ['deep suites', `{"suites":[${'{"title":"a","specs":[],"suites":['.repeat(20_000)}`],
    ['empty lines', '\n'.repeat(1_000_000)],
    ['blanks', ' '.repeat(1_000_000)],
    ['braces', '{\n'.repeat(300_000)],
    ['attributes', `<a ${'b="" '.repeat(100_000)}`],
  ])('is done with %s in no time', (_, text) => {
    const started = performance.now();
    expect(readReport(reporter, text)).toHaveProperty('unusable');
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

const status = fc.constantFrom('passed', 'failed', 'skipped');
const title = fc.string({ unit: anyCharacter, maxLength: 30 });
const tests = fc.array(fc.record({ title, status, message: title }), { maxLength: 30 });

function escaped(text: string): string {
  const legal = text.replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/g, '?');
  return legal.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

describe('results are a success just where a test passed and none failed', () => {
  const check = (reporter: Reporter, text: string, of: readonly { status: string }[]) => {
    const read = readReport(reporter, text);
    if ('unusable' in read) throw new Error(read.unusable);
    const isSuccess =
      of.some((test) => test.status === 'passed') && !of.some((test) => test.status === 'failed');
    expect(objection(read.results, 'low') === undefined).toBe(isSuccess);
    expectFit(reporter, text);
  };
  const count = (of: readonly { status: string }[], wanted: string) =>
    of.filter((test) => test.status === wanted).length;

  it('for pytest', () => {
    const inner = {
      passed: () => '',
      failed: (message: string) => `<failure message="${escaped(message)}"/>`,
      skipped: () => '<skipped/>',
    };
    fc.assert(
      fc.property(tests, (all) => {
        const cases = all.map(
          (test) => `<testcase name="${escaped(test.title)}">${inner[test.status](test.message)}</testcase>`,
        );
        const counts = `failures="${count(all, 'failed')}" skipped="${count(all, 'skipped')}"`;
        check('pytest', `<testsuites><testsuite ${counts}>${cases.join('')}</testsuite></testsuites>`, all);
      }),
    );
  });

  it('for vitest', () => {
    fc.assert(
      fc.property(tests, (all) => {
        const assertionResults = all.map((test) => ({ ...test, failureMessages: [test.message] }));
        const success = count(all, 'failed') === 0;
        const report = {
          success,
          numPassedTests: count(all, 'passed'),
          numFailedTests: count(all, 'failed'),
          testResults: [{ name: 'a', status: success ? 'passed' : 'failed', assertionResults }],
        };
        check('vitest', JSON.stringify(report), all);
      }),
    );
  });

  it('for Playwright', () => {
    const words = { passed: 'expected', failed: 'unexpected', skipped: 'skipped' } as const;
    fc.assert(
      fc.property(tests, (all) => {
        const specs = all.map((test) => ({
          title: test.title,
          tests: [{ status: words[test.status], results: [{ error: { message: test.message } }] }],
        }));
        const stats = {
          expected: count(all, 'passed'),
          unexpected: count(all, 'failed'),
          flaky: 0,
          skipped: count(all, 'skipped'),
        };
        const report = {
          suites: [{ title: 'a', specs: [], suites: [{ title: 'b', specs }] }],
          errors: [],
          stats,
        };
        check('playwright', JSON.stringify(report), all);
      }),
    );
  });
});
