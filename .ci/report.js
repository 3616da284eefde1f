import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

/**
 * Prints how many tests of a run of Vitest passed and failed, and adds to a file what failed: the name of each test
 * and the first lines of its error. A run that fails without a failed test (a file that doesn't load, a time-out, no
 * report) counts as one failure, and is told of by what it printed last. Runs on Node 20 and without packages.
 */
const [name = '', status = '', reportPath = '', logPath = '', failuresPath = ''] = process.argv.slice(2);

const { numPassedTests: passed = 0, numFailedTests: failedTests = 0, testResults: files = [] } = readReport();
const nothingToName = failedTests === 0 && (status !== '0' || passed === 0);
const failures = [...files.flatMap(failuresOf), ...(nothingToName ? [endOfLog()] : [])];
if (failures.length > 0) appendFileSync(failuresPath, `${failures.join('\n')}\n`);
console.log(passed, nothingToName ? 1 : failedTests);

/** A report that was broken off is no report. */
function readReport() {
  try {
    return JSON.parse(readFileSync(reportPath, 'utf8'));
  } catch {
    return {};
  }
}

function failuresOf({ name: path = '', status, message = '', assertionResults: tests = [] }) {
  const file = path.slice(path.lastIndexOf('/test/') + 1);
  const failed = tests.filter((test) => test.status === 'failed');
  if (failed.length === 0) return status === 'failed' ? [told(`${file} failed`, message, 5)] : [];
  return failed.map(({ fullName, failureMessages: [first = ''] }) => told(`${file}: ${fullName}`, first, 5));
}

function endOfLog() {
  const log = existsSync(logPath) ? stripVTControlCharacters(readFileSync(logPath, 'utf8')) : '';
  const telling = log.split('\n').filter((line) => /^\s*(FAIL|×|❯ .*failed|.*Error: )/.test(line));
  const last = log.trimEnd().split('\n').slice(-15);
  const lines = [...telling.slice(0, 15), ...last].join('\n');
  return told(`${name} ended with exit status ${status} and no failed test`, lines, 30);
}

function told(title, text, most) {
  const lines = stripVTControlCharacters(text).split('\n').filter((line) => line.trim() !== '');
  return [title, ...lines.slice(0, most).map((line) => `  ${line.trimEnd()}`)]
    .map((line) => line.slice(0, 200))
    .join('\n');
}
