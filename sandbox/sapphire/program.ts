import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { gcloud } from './gcloud.ts';

const [, file = '', ...args] = process.argv;
const { values } = parseArgs({
  args,
  strict: false,
  options: { junitxml: { type: 'string' }, outputFile: { type: 'string' } },
});

function print(report: object): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

function write(path: unknown, text: string): void {
  mkdirSync(dirname(String(path)), { recursive: true });
  writeFileSync(String(path), text);
}

function pytest(): void {
  const cases = ['test_orders', 'test_council', 'test_wallet'].map(
    (name) => `<testcase classname="sapphire" name="${name}" time="0.01"/>`,
  );
  const counts = `errors="0" failures="0" skipped="0" tests="${cases.length}" time="0.1"`;
  write(
    values.junitxml,
    `<testsuites><testsuite name="pytest" ${counts}>${cases.join('')}</testsuite></testsuites>`,
  );
}

function vitest(): void {
  const titles = ['shows the council', 'shows the positions'];
  const assertionResults = titles.map((title) => ({
    title,
    ancestorTitles: [],
    status: 'passed',
    failureMessages: [],
  }));
  const testResults = [{ name: 'dashboard.test.ts', status: 'passed', message: '', assertionResults }];
  const report = { success: true, numPassedTests: titles.length, numFailedTests: 0, testResults };
  write(values.outputFile, JSON.stringify(report));
}

function playwright(): void {
  const test = { status: 'expected', results: [{}] };
  const suites = [
    { title: 'trader.spec.ts', specs: [{ title: 'places an order', tests: [test] }], suites: [] },
  ];
  print({ suites, errors: [], stats: { expected: 1, unexpected: 0, flaky: 0, skipped: 0 } });
}

function npmAudit(): void {
  const vulnerabilities = { info: 0, low: 0, moderate: 0, high: 0, critical: 0, total: 0 };
  print({
    auditReportVersion: 2,
    vulnerabilities: {},
    metadata: { vulnerabilities, dependencies: { total: 214 } },
  });
}

function pipAudit(): void {
  print({ dependencies: [{ name: 'fastapi', version: '0.121.3', vulns: [] }], fixes: [] });
}

/** The one that does something: it asks the address that it was given. */
async function endToEnd(): Promise<void> {
  const answer = await fetch(String(process.env.BASE_URL));
  console.log(`${answer.ok ? '1 passed' : '1 failed'}: ${process.env.BASE_URL} answered ${answer.status}`);
  process.exitCode = answer.ok ? 0 : 1;
}

const programs: Readonly<Record<string, () => void | Promise<void>>> = {
  pytest,
  'pip-audit': pipAudit,
  npx: () => (args.includes('vitest') ? vitest() : playwright()),
  gcloud: async () => {
    process.exitCode = await gcloud(dirname(file), args);
  },
  npm: () => (args.includes('audit') ? npmAudit() : endToEnd()),
};

await programs[basename(file)]?.();
