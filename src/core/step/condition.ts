import { z } from 'zod';
import type { Json } from '../json.ts';
import { suggestion } from '../nearest.ts';
import { evaluate, parseExpression, references } from '../playbook/expression.ts';
import { celFormat } from '../playbook/json-schema-walk.ts';

/**
 * A CEL expression in a step's own input, over these names. It is written without `${{ }}`, because it is
 * evaluated when the step looks and not when the step starts. Checked when the playbook is loaded.
 */
export function celOver(...names: readonly string[]): z.ZodString {
  return z
    .string()
    .superRefine((source, check) => {
      const problem = problemOf(source, names);
      if (problem !== undefined) check.addIssue({ code: 'custom', message: problem });
    })
    .meta({ description: `CEL over ${names.join(', ')}, without \${{ }}`, format: celFormat });
}

function problemOf(source: string, names: readonly string[]): string | undefined {
  const parsed = parseExpression(source);
  if ('error' in parsed) return `not a CEL expression: ${parsed.error}`;
  const unknown = references(parsed.ok).find(([root]) => root !== undefined && !names.includes(root))?.[0];
  if (unknown === undefined) return undefined;
  return `unknown name "${unknown}": ${suggestion(unknown, names)}`;
}

/** The value of a checked expression. Throws with a sentence for people when it can't be computed. */
export function valueBy(source: string, scope: Record<string, Json>): Json {
  const parsed = parseExpression(source);
  if ('error' in parsed) throw new SyntaxError(`${source}: ${parsed.error}`);
  return evaluate(parsed.ok, scope);
}

/** Whether a condition holds; anything else than true or false is no answer, and throws. */
export function holds(source: string, scope: Record<string, Json>): boolean {
  const value = valueBy(source, scope);
  if (typeof value !== 'boolean') throw new TypeError(`${source}: not true or false`);
  return value;
}
