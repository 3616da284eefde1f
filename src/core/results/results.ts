import { shown } from '../step/shown.ts';

/** A test that failed, in words that are bounded and on one line. */
export interface Failure {
  name: string;
  /** The file, class or group that it stands in; '' where the report names none. */
  place: string;
  message: string;
}

/** What a test program found. */
export interface TestResults {
  of: 'tests';
  passed: number;
  failed: number;
  skipped: number;
  /** Of those that passed: the ones that needed more than one try. */
  flaky: number;
  /** The first ones, in the order of the report. */
  failures: Failure[];
}

/** How grave a vulnerability is, in npm's words; the least first. */
export const severities = ['info', 'low', 'moderate', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** A vulnerable package. */
export interface Finding {
  name: string;
  /** Undefined where the program gives none. */
  severity: Severity | undefined;
  title: string;
}

/** What an audit of dependencies found. */
export interface AuditResults {
  of: 'audit';
  /** Packages that were looked at. */
  packages: number;
  /** Packages that the program could not look at. */
  unaudited: number;
  /** The gravest first; without severity they count as the gravest. */
  findings: Finding[];
}

export type Results = TestResults | AuditResults;

/** Results, or in a few words why the report tells none. */
export type Read = { results: Results } | { unusable: string };

/** How many failures or findings are told of, beside their number. */
export const mostTold = 10;

/** The colours that programs put between the letters. */
const colour = /\p{Cc}\[[0-9;]*m/gu;

/** A failure with its texts bounded; of a message what stands before the stack. */
export function failureOf(name: string, place: string, message: string): Failure {
  const [said = ''] = message
    .slice(0, 4_000)
    .replace(colour, '')
    .split(/\n\s+at /, 1);
  return { name: shown(name, 120), place: shown(place, 120), message: shown(said, 160) };
}
