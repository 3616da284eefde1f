import type { z } from 'zod';
import { describeIssues, type Located, valueAt } from './issues.ts';
import { jsonSchemaOf } from './json-schema-walk.ts';
import { split } from './template.ts';
import { type Path, texts } from './walk.ts';

type Issue = z.core.$ZodIssue;

/** Whether a value is one expression, a text with some in it, or neither. */
function templated(value: unknown): 'whole' | 'partly' | undefined {
  if (typeof value !== 'string') return undefined;
  const parts = split(value);
  if (!parts.some((part) => !('text' in part))) return undefined;
  return parts.length === 1 ? 'whole' : 'partly';
}

/** Nobody knows yet whether the value that will stand here is wrong. */
function undecided(issue: Issue, value: unknown, base: Path): boolean {
  const path = [...base, ...issue.path.map((key) => (typeof key === 'number' ? key : String(key)))];
  const here = valueAt(value, path);
  const kind = templated(here);
  if (kind === 'whole') return true;
  if (kind === 'partly') return issue.code !== 'invalid_type' && issue.code !== 'invalid_union';
  return issue.code === 'custom' && texts(here).some(({ text }) => templated(text) !== undefined);
}

/** The issues that will still be there when all expressions have their values. */
function decided(issues: readonly Issue[], value: unknown, base: Path): Issue[] {
  return issues.flatMap((issue) => {
    if (undecided(issue, value, base)) return [];
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
    const path = [...base, ...issue.path.map((key) => (typeof key === 'number' ? key : String(key)))];
    const errors = issue.errors.map((one) => decided(one, value, path));
    return errors.some((one) => one.length === 0) ? [] : [{ ...issue, errors } as Issue];
  });
}

/**
 * What a step kind's schema finds wrong with a `with`. An expression is taken in place of any value, and a text with
 * expressions in it in place of any text; what it becomes is checked when the step runs.
 */
export function checkWith(value: unknown, schema: z.ZodType, path: Path): Located[] {
  try {
    const parsed = schema.safeParse(value);
    if (parsed.success) return [];
    return describeIssues(decided(parsed.error.issues, value, []), value, jsonSchemaOf(schema), path);
  } catch (fault) {
    if (texts(value).some(({ text }) => templated(text) !== undefined)) return [];
    const reason = fault instanceof Error ? fault.message : String(fault);
    return [{ path, message: `the step kind can't check this: ${reason}` }];
  }
}
