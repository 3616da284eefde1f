import { isDeepStrictEqual } from 'node:util';

/** One expectation that was looked at. */
export interface Finding {
  what: string;
  ok: boolean;
  /** What was found instead. */
  instead?: string;
}

/** Collects what was expected and what was found. */
export interface Checklist {
  readonly findings: readonly Finding[];
  /** Records whether something is as it should be, by value. */
  equal(what: string, found: unknown, expected: unknown): void;
  /** Records a condition; `instead` says what was found. */
  holds(what: string, ok: boolean, instead: string): void;
}

export function createChecklist(): Checklist {
  const findings: Finding[] = [];
  const holds: Checklist['holds'] = (what, ok, instead) => {
    findings.push(ok ? { what, ok } : { what, ok, instead });
  };
  return {
    findings,
    holds,
    equal(what, found, expected) {
      const instead = `expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`;
      holds(what, isDeepStrictEqual(found, expected), instead);
    },
  };
}

/** Whether all was as expected; a list without any finding is not. */
export function allHold(findings: readonly Finding[]): boolean {
  return findings.length > 0 && findings.every(({ ok }) => ok);
}

/** The list for people, and how many hold. */
export function findingsInWords(findings: readonly Finding[]): string[] {
  const lines = findings.map(({ what, ok, instead }) => (ok ? `✓ ${what}` : `✗ ${what}: ${instead}`));
  return [...lines, `${findings.filter(({ ok }) => ok).length} of ${findings.length} as expected.`];
}
