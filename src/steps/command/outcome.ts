import { basename } from 'node:path';
import type { Json } from '../../core/json.ts';
import { formatDuration } from '../../core/playbook/duration.ts';
import type { Read, Severity } from '../../core/results/results.ts';
import { holds } from '../../core/step/condition.ts';
import { shown } from '../../core/step/shown.ts';
import type { StepResult } from '../../ports/step.ts';
import type { Exit } from '../../ports/world.ts';
import { type Reported, reported } from './reported.ts';

/** What a program was run for. */
export interface Wanted {
  argv: readonly [string, ...string[]];
  okCodes: readonly number[];
  expect?: string | undefined;
  report?: string | undefined;
  failAt?: Severity | undefined;
}

function lastLines(text: string, count: number): string[] {
  const lines = text.slice(-16_384).split(/[\r\n]+/);
  return lines
    .map((line) => shown(line, 300))
    .filter((line) => line !== '')
    .slice(-count);
}

/** Why the output is not what was expected, in words; undefined when it is, or nothing was. */
function unexpected({ expect }: Wanted, { code, stdout, stderr }: Exit): string | undefined {
  if (expect === undefined) return undefined;
  try {
    return holds(expect, { code, stdout, stderr }) ? undefined : `this does not hold: ${shown(expect)}`;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `the expectation could not be evaluated: ${shown(why)}`;
  }
}

/** A program that ended, with what was found about it. */
interface Ended {
  exit: Exit;
  duration: number;
  report: Reported | undefined;
}

function outputOf({ exit, report }: Ended, { report: file }: Wanted): Json {
  const stdout = report === undefined || file !== undefined ? { stdout: exit.stdout.slice(-4_096) } : {};
  return { code: exit.code, ...stdout, ...report?.output };
}

function succeeded(given: Wanted, ended: Ended): StepResult {
  const how = `${shown(basename(given.argv[0]), 60)}, ${formatDuration(ended.duration)}`;
  const [last] = lastLines(ended.exit.stdout, 1);
  const said = ended.report?.line ?? (last === undefined ? undefined : shown(last, 120));
  const summary = said === undefined ? how.replace(', ', ' in ') : `${said} (${how})`;
  return { status: 'succeeded', summary, output: outputOf(ended, given) };
}

function failed(given: Wanted, ended: Ended, wrong: string | undefined): StepResult {
  const { exit, report } = ended;
  const name = shown(basename(given.argv[0]), 60);
  const took = formatDuration(ended.duration);
  const code = exit.code === null ? `ended by ${exit.signal}` : `exit code ${exit.code}`;
  const how = exit.code === null ? `was ${code}` : `ended with ${code}`;
  const but = report?.good === false ? `, but ${report.line}` : '';
  const summary =
    report?.good === false && report.telling
      ? `${report.line} (${name}, ${code}, ${took})`
      : `${name} ${how}${wrong === undefined ? '' : `, and ${wrong}`} after ${took}${but}`;
  const isReport = report !== undefined && given.report === undefined;
  const printed = [...(isReport ? [] : lastLines(exit.stdout, 60)), ...lastLines(exit.stderr, 60)];
  const detail = [...(report?.detail ?? []), ...printed].join('\n');
  return {
    status: 'failed',
    summary,
    detail: detail === '' ? 'It printed nothing.' : detail,
    output: outputOf(ended, given),
    retryable: true,
  };
}

/** How the step ends: by the exit code, by what was expected, and by the report where one was read. */
export function judged(given: Wanted, exit: Exit, duration: number, read: Read | undefined): StepResult {
  const isRightCode = exit.code !== null && given.okCodes.includes(exit.code);
  const report = read && reported(read, given.failAt ?? 'low', isRightCode, exit.code);
  const ended = { exit, duration, report };
  const wrong = isRightCode ? unexpected(given, exit) : undefined;
  const isGood = report?.good ?? isRightCode;
  return isGood && wrong === undefined ? succeeded(given, ended) : failed(given, ended, wrong);
}
