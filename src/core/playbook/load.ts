import type { z } from 'zod';
import { nearest } from '../nearest.ts';
import { checkConditions } from './check-conditions.ts';
import { checkExpressions } from './check-expressions.ts';
import {
  checkEnd,
  checkKinds,
  checkNames,
  checkParams,
  type KnownKinds,
  warnings,
} from './check-playbook.ts';
import { describeIssues, locate, valueAt } from './issues.ts';
import { jsonSchemaOf, knownKeys } from './json-schema-walk.ts';
import { type Playbook, playbookSchema } from './playbook.ts';
import { inFileOrder, type Problem } from './problem.ts';
import { readSource, type Source } from './source.ts';

export type { KnownKinds } from './check-playbook.ts';
export type { Problem } from './problem.ts';

export type Loaded = { playbook: Playbook; warnings: Problem[] } | { problems: Problem[] };

type Holder = Record<string | number, unknown>;

/**
 * The value without its unknown keys, or with what they were probably meant to be, so that one of them does not hide
 * all other problems, nor makes new ones.
 */
function mended(value: unknown, issues: readonly z.core.$ZodIssue[], rename: boolean): unknown {
  const copy = structuredClone(value);
  for (const issue of issues) {
    if (issue.code !== 'unrecognized_keys') continue;
    const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
    const holder = valueAt(copy, path) as Holder;
    const known = knownKeys(jsonSchemaOf(playbookSchema), path);
    for (const key of issue.keys) {
      const meant = rename ? nearest(key, known) : undefined;
      if (meant !== undefined && !Object.hasOwn(holder, meant)) holder[meant] = holder[key];
      Reflect.deleteProperty(holder, key);
    }
  }
  return copy;
}

function check(source: Source, kinds: KnownKinds): Loaded {
  const first = playbookSchema.safeParse(source.value);
  if (first.success) return checkMeaning(source, first.data, kinds, []);
  const { issues } = first.error;
  const found = locate(source, describeIssues(issues, source.value, jsonSchemaOf(playbookSchema)));
  for (const rename of [true, false]) {
    const second = playbookSchema.safeParse(mended(source.value, issues, rename));
    if (second.success) return checkMeaning(source, second.data, kinds, found);
  }
  return { problems: inFileOrder(found) };
}

function checkMeaning(
  source: Source,
  playbook: Playbook,
  kinds: KnownKinds,
  found: readonly Problem[],
): Loaded {
  const problems = [
    ...found,
    ...checkNames(source, playbook),
    ...checkParams(source, playbook),
    ...checkEnd(source, playbook),
    ...checkKinds(source, playbook, kinds),
    ...checkExpressions(source, playbook),
  ];
  if (problems.length > 0) return { problems: inFileOrder(problems) };
  const doubts = [...warnings(source, playbook), ...checkConditions(source, playbook, kinds)];
  return { playbook, warnings: inFileOrder(doubts) };
}

/**
 * Reads a playbook and checks all that can be known before a rollout: the schema, the step kinds and their `with`,
 * names, parameters, and every expression's references. Gives the playbook, or all problems (50 at most) in the order
 * of the file, each with its place and the nearest known word. Never throws for what stands in the text.
 */
export function loadPlaybook(text: string, options: { file: string; kinds: KnownKinds }): Loaded {
  const source = readSource(text, options.file);
  return 'problems' in source ? source : check(source, options.kinds);
}
