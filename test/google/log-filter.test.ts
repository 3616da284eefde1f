import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../sandbox/google/logs/book.ts';
import { parseFilter } from '../../sandbox/google/logs/filter.ts';
import { matches } from '../../sandbox/google/logs/match.ts';
import { Refusal } from '../../sandbox/google/refusal.ts';
import '../support/fuzz-seed.ts';

const entry: Entry = {
  insertId: 'a',
  logName: 'projects/sapphire/logs/run.googleapis.com%2Fstdout',
  timestamp: '2026-11-21T12:00:00.000Z',
  severity: 'WARNING',
  resource: { type: 'cloud_run_revision', labels: { service_name: 'cloud-trader' } },
  labels: { 'run.googleapis.com/job': 'x' },
  jsonPayload: { message: 'Aster answered 502', upstream: 'aster', status: 502, deep: { ok: true } },
};

const cases: [filter: string, holds: boolean][] = [
  ['', true],
  ['severity=WARNING', true],
  ['severity="warning"', true],
  ['severity>=ERROR', false],
  ['severity<ERROR', true],
  ['resource.type="cloud_run_revision" AND resource.labels.service_name=("cloud-trader" OR "wallet")', true],
  ['resource.labels.service_name=("a" OR "b")', false],
  ['resource.labels.service_name!=("a" AND "b")', true],
  ['jsonPayload.status>=400', true],
  ['jsonPayload.status:502', true],
  ['jsonPayload.status<500', false],
  ['jsonPayload.upstream=ASTER jsonPayload.status=502', true],
  ['jsonPayload:*', true],
  ['jsonPayload.deep:*', true],
  ['jsonPayload.deep.ok=true', true],
  ['textPayload:*', false],
  ['jsonPayload.none!="x"', false],
  ['NOT jsonPayload.none="x"', true],
  ['jsonPayload.message:"answered"', true],
  ['jsonPayload.message=~"^Aster .* 5\\\\d\\\\d$"', true],
  ['jsonPayload.message!~"^Aster"', false],
  ['labels."run.googleapis.com/job"="x"', true],
  ['timestamp>="2026-11-21T11:59:00Z" AND timestamp<"2026-11-22T00:00:00Z"', true],
  ['timestamp>"2026-11-21T12:00:00.0Z"', false],
  // OR binds closer than AND.
  ['severity=ERROR AND severity=INFO OR severity=WARNING', false],
  ['severity=WARNING OR severity=INFO AND severity=ERROR', false],
  ['(severity=ERROR AND severity=INFO) OR severity=WARNING', true],
  ['(severity=WARNING\n)\nAND NOT (severity=ERROR)', true],
];

const faults: [filter: string, why: string | RegExp][] = [
  ['severity>=', "syntax error at line 1, column 11, token 'EOF'"],
  ['severity ERROR', "token 'ERROR'"],
  ['(severity=ERROR', "token 'EOF'"],
  ['severity=ERROR)', "column 15, token ')'"],
  ['severity=ERROR AND', "token 'EOF'"],
  ['severity=\nERROR OR OR x=1', "line 2, column 10, token 'OR'"],
  ['severity="ERROR', `token '"'`],
  ['colour="red"', "Field not found: 'colour'"],
  ['severity=LOUD', "'LOUD'"],
  ['timestamp>yesterday', "'yesterday'"],
  ['jsonPayload.message=~"("', 'regular expression'],
  ['"a text alone"', 'Unparseable filter'],
  ['SEARCH("x")', 'Unparseable filter'],
];

describe('the filter of log entries', () => {
  it.each(cases)('%s', (filter, holds) => {
    expect(matches(parseFilter(filter), entry)).toBe(holds);
  });

  it.each(faults)('refuses %s', (filter, why) => {
    expect(() => parseFilter(filter)).toThrow(why);
    expect(() => parseFilter(filter)).toThrow(Refusal);
  });

  it('reads or refuses whatever there is, and breaks at nothing', () => {
    const words = fc.constantFrom(
      'severity',
      'jsonPayload.a',
      '=',
      '>=',
      '=~',
      ':',
      '*',
      '(',
      ')',
      'AND',
      'OR',
      'NOT',
      '"a b"',
      '1',
      '\\',
      '"',
      '\n',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 12 }).map((parts) => parts.join(' ')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          matches(parseFilter(text), entry);
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
      }),
    );
  });
});
