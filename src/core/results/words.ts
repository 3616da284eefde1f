import {
  type AuditResults,
  mostTold,
  type Results,
  type Severity,
  severities,
  type TestResults,
} from './results.ts';

function counted(parts: readonly (readonly [number, string])[]): string {
  return parts.map(([count, word]) => `${count} ${word}`).join(', ');
}

function testsLine({ passed, failed, skipped, flaky, failures: [first] }: TestResults): string {
  const extra = [
    [skipped, 'skipped'],
    [flaky, 'flaky'],
  ] as const;
  const counts = counted([[passed, 'passed'], [failed, 'failed'], ...extra.filter(([count]) => count > 0)]);
  if (first === undefined) return counts;
  return `${counts}: ${first.name}${first.message === '' ? '' : ` - ${first.message}`}`;
}

function auditLine({ packages, unaudited, findings }: AuditResults): string {
  const rated = [...severities].reverse().map((severity) => {
    return [findings.filter((finding) => finding.severity === severity).length, severity] as const;
  });
  const unrated = findings.filter(({ severity }) => severity === undefined).length;
  const counts = counted(rated.filter(([count]) => count > 0));
  const all = [counts, unrated > 0 ? String(unrated) : ''].filter((part) => part !== '').join(', ');
  const word = findings.length === 1 ? 'vulnerability' : 'vulnerabilities';
  const aside = unaudited === 0 ? '' : `, ${unaudited} not audited`;
  return findings.length === 0
    ? `no vulnerabilities in ${packages} ${packages === 1 ? 'package' : 'packages'}${aside}`
    : `${all} ${word}${aside}`;
}

/** The results on one line: "212 passed, 1 failed: test_x - AssertionError …", "2 high, 5 moderate vulnerabilities". */
export function lineOf(results: Results): string {
  return results.of === 'tests' ? testsLine(results) : auditLine(results);
}

/** The first failures or findings, one a line. */
export function toldOf(results: Results): string[] {
  const lines =
    results.of === 'tests'
      ? results.failures.map(
          ({ place, name, message }) => `${place === '' ? name : `${place} › ${name}`}: ${message}`,
        )
      : results.findings
          .slice(0, mostTold)
          .map(
            ({ name, severity, title }) =>
              `${severity === undefined ? '' : `${severity}: `}${name} - ${title}`,
          );
  const more = (results.of === 'tests' ? results.failed : results.findings.length) - lines.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

/** Why results are no success, in a few words; undefined where they are one. Vulnerabilities count from `failAt` on. */
export function objection(results: Results, failAt: Severity): string | undefined {
  if (results.of === 'tests') {
    if (results.failed > 0) return 'tests failed';
    return results.passed === 0 ? 'no test passed, so nothing is shown' : undefined;
  }
  const least = severities.indexOf(failAt);
  const grave = results.findings.filter(
    ({ severity }) => severity === undefined || severities.indexOf(severity) >= least,
  );
  if (grave.some(({ severity }) => severity !== undefined)) return `none is allowed from ${failAt} on`;
  if (grave.length > 0) return 'none is allowed';
  return results.packages === 0 ? 'not one package was audited' : undefined;
}
