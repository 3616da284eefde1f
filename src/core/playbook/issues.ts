import type { z } from 'zod';
import { nearest, suggestion } from '../nearest.ts';
import { type JsonSchema, knownKeys } from './json-schema-walk.ts';
import { maxProblems, type Problem } from './problem.ts';
import type { Source } from './source.ts';
import type { Path } from './walk.ts';

type Issue = z.core.$ZodIssue;

/** What a value is, in the words of a playbook's author. */
export function kindOfValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return value.length <= 40 ? `"${value}"` : 'a long text';
  return String(value);
}

const expectations: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  null: 'empty',
};

export function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = Object.hasOwn(here, key) ? (here as Record<string | number, unknown>)[key] : undefined;
  }
  return here;
}

const pathOf = (issue: Issue): Path => issue.path.map((key) => (typeof key === 'number' ? key : String(key)));

function nameOf(path: Path): string {
  const key = path.at(-1);
  if (key === undefined) return 'the file';
  return typeof key === 'number' ? `item ${key + 1} of ${nameOf(path.slice(0, -1))}` : key;
}

/** The alternative of a union that was most likely meant: the one that the value comes furthest with. */
function likeliest(errors: readonly Issue[][]): Issue[] {
  const wrongAsWhole = ({ code, path }: Issue) =>
    path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');
  const atRoot = (issues: Issue[]) => issues.filter(wrongAsWhole).length;
  return [...errors].sort((one, other) => atRoot(one) - atRoot(other) || one.length - other.length)[0] ?? [];
}

function flatten(issue: Issue, base: Path): { issue: Issue; path: Path }[] {
  const path = [...base, ...pathOf(issue)];
  if (issue.code === 'invalid_element') return issue.issues.flatMap((inner) => flatten(inner, path));
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ issue, path }];
  const best = likeliest(issue.errors);
  const typesOnly = issue.errors.every((one) =>
    one.every(({ code, path: at }) => code === 'invalid_type' && at.length === 0),
  );
  return typesOnly ? [{ issue, path }] : best.flatMap((inner) => flatten(inner, path));
}

function wrongType(issue: Issue): string {
  if (issue.code === 'invalid_type') return expectations[issue.expected] ?? issue.expected;
  if (issue.code !== 'invalid_union') return 'another value';
  const all = issue.errors.flatMap((one) => one.map((inner) => wrongType(inner)));
  return [...new Set(all)].join(' or ') || 'another value';
}

function oneOf(values: readonly unknown[], given: unknown): { message: string; hint?: string } {
  const shown = values.map(String);
  const list = shown.length === 1 ? `"${shown[0]}"` : `one of ${shown.join(', ')}`;
  const meant = typeof given === 'string' ? nearest(given, shown) : undefined;
  return {
    message: `must be ${list}, not ${kindOfValue(given)}`,
    ...(meant === undefined ? {} : { hint: `did you mean "${meant}"?` }),
  };
}

/** What zod says of a value by itself: the schema's own sentence where it has one. */
function own(issue: Issue, given: unknown): { message: string; hint?: string } {
  if (typeof given === 'number' && !Number.isFinite(given)) {
    return { message: `must be a finite number, not ${given}` };
  }
  switch (issue.code) {
    case 'invalid_type':
      return { message: `must be ${wrongType(issue)}, not ${kindOfValue(given)}` };
    case 'invalid_value':
      return oneOf(issue.values, given);
    case 'invalid_union':
      if (issue.errors.length > 0)
        return { message: `must be ${wrongType(issue)}, not ${kindOfValue(given)}` };
      return oneOf('options' in issue && Array.isArray(issue.options) ? issue.options : [], given);
    case 'too_small':
      return {
        message: `${issue.origin === 'array' ? 'needs' : 'must be'} at least ${sized(issue.minimum, issue.origin)}`,
      };
    case 'too_big':
      return {
        message: `${issue.origin === 'array' ? 'takes' : 'must be'} at most ${sized(issue.maximum, issue.origin)}`,
      };
    case 'invalid_format':
      return { message: `must be ${format(issue.message)}, not ${kindOfValue(given)}` };
    default:
      return { message: issue.message };
  }
}

function sized(size: number | bigint, origin: string): string {
  if (origin === 'array') return Number(size) === 1 ? 'one entry' : `${size} entries`;
  return origin === 'string' ? `${size} characters long` : String(size);
}

function format(message: string): string {
  return message.replace(/^Invalid (string: must match pattern )?/, (_, pattern) =>
    pattern ? 'a text like ' : 'a ',
  );
}

export interface Located {
  path: Path;
  message: string;
  hint?: string;
  /** The key itself is wrong, not its value. */
  key?: boolean;
}

/** A schema's own sentence may be a whole one, or go on from the name. */
function needsColon(issue: Issue): boolean {
  return issue.code === 'custom' && !/^(must|needs|is|has) /.test(issue.message);
}

function describe(
  { issue, path }: { issue: Issue; path: Path },
  value: unknown,
  schema: JsonSchema,
  base: Path,
): Located[] {
  const given = valueAt(value, path);
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, path);
    return issue.keys.slice(0, maxProblems).map((key) => {
      const hint = suggestion(key, known);
      return { path: [...path, key], key: true, message: `unknown key "${key}"`, ...(hint ? { hint } : {}) };
    });
  }
  if (issue.code === 'invalid_key') {
    const why = issue.issues[0]?.message ?? 'not a name';
    return [{ path, key: true, message: `the key "${String(path.at(-1))}" must be ${format(why)}` }];
  }
  if (given === undefined && path.length > 0) {
    const holder = path.slice(0, -1);
    const whole = [...base, ...holder];
    const where = whole.length === 0 ? '' : ` in ${nameOf(whole)}`;
    return [{ path: holder, message: `"${path.at(-1)}" is missing${where}` }];
  }
  const { message, hint } = own(issue, given);
  const sentence = `${nameOf(path)}${needsColon(issue) ? ':' : ''} ${message}`;
  return [{ path, message: sentence, ...(hint === undefined ? {} : { hint }) }];
}

/** What a schema finds wrong with a value, in plain sentences, each with the way to it. */
export function describeIssues(
  issues: readonly Issue[],
  value: unknown,
  schema: JsonSchema,
  base: Path = [],
): Located[] {
  return issues
    .flatMap((issue) => flatten(issue, []))
    .slice(0, 10 * maxProblems)
    .flatMap((one) => describe(one, value, schema, base))
    .map((one) => ({ ...one, path: [...base, ...one.path] }));
}

/** Puts what was found where it stands in the file. */
export function locate(source: Source, found: readonly Located[]): Problem[] {
  return found.map(({ path, message, hint, key }) =>
    key ? source.keyProblem(path, message, hint) : source.problem(path, message, hint),
  );
}
