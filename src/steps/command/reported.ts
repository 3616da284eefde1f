import type { Json } from '../../core/json.ts';
import { type Read, type Results, type Severity, severities } from '../../core/results/results.ts';
import { lineOf, objection, toldOf } from '../../core/results/words.ts';

/** What the report adds to a step's outcome. */
export interface Reported {
  /** Whether all is well, by the report and the exit code together. */
  good: boolean;
  /** Results on one line, or what is wrong with the report. */
  line: string;
  /** True where the line tells of a failure by itself; else the way in which the program ended has to be told. */
  telling: boolean;
  /** The first failures or findings. */
  detail: string[];
  output: Record<string, Json>;
}

function outputOf(results: Results): Record<string, Json> {
  if (results.of === 'tests') {
    const { passed, failed, skipped, flaky, failures } = results;
    return { tests: { passed, failed, skipped, flaky, failures: failures.map((each) => ({ ...each })) } };
  }
  const { packages, unaudited, findings } = results;
  const counts = severities.map((severity): [string, number] => [
    severity,
    findings.filter((finding) => finding.severity === severity).length,
  ]);
  return { audit: { packages, unaudited, vulnerabilities: findings.length, ...Object.fromEntries(counts) } };
}

/**
 * Audits end with 1 when they found something, however little: where the report shows that, the limit decides and
 * not the exit code. All else than an allowed exit code is a failure, whatever the report says.
 */
function endedWell(results: Results, isRightCode: boolean, code: number | null): boolean {
  return isRightCode || (results.of === 'audit' && code === 1 && results.findings.length > 0);
}

/** Judges a program by its report and its exit code. */
export function reported(read: Read, failAt: Severity, isRightCode: boolean, code: number | null): Reported {
  if ('unusable' in read) {
    const line = `its report can't be used: ${read.unusable}`;
    return { good: false, line, telling: false, detail: [], output: {} };
  }
  const { results } = read;
  const against = objection(results, failAt);
  const common = { detail: toldOf(results), output: outputOf(results) };
  if (against !== undefined) {
    const line =
      results.of === 'tests' && results.failed > 0 ? lineOf(results) : `${lineOf(results)}; ${against}`;
    return { good: false, line, telling: true, ...common };
  }
  if (endedWell(results, isRightCode, code))
    return { good: true, line: lineOf(results), telling: true, ...common };
  const line = `its report tells of no failure: ${lineOf(results)}`;
  return { good: false, line, telling: false, ...common };
}
