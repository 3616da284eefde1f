import type { Json } from '../../../src/core/json.ts';
import { type Entry, severities } from './book.ts';
import type { Filter, Operator } from './filter.ts';

/** Whether an entry is one of those that a filter asks for. */
export function matches(filter: Filter, entry: Entry): boolean {
  if ('all' in filter) return filter.all.every((part) => matches(part, entry));
  if ('any' in filter) return filter.any.some((part) => matches(part, entry));
  if ('not' in filter) return !matches(filter.not, entry);
  const { path, operator, value } = filter;
  const found = path.reduce<Json | undefined>(fieldIn, entry);
  return path[0] === 'severity'
    ? holds(operator, rank(found), rank(value))
    : found !== undefined && compares(operator, found, value);
}

function fieldIn(of: Json | undefined, name: string): Json | undefined {
  if (typeof of !== 'object' || of === null || Array.isArray(of)) return undefined;
  return Object.hasOwn(of, name) ? of[name] : undefined;
}

function rank(severity: Json | undefined): number {
  const name = String(severity ?? 'DEFAULT').toUpperCase();
  return severities[name as keyof typeof severities] ?? 0;
}

/** Texts are compared without their case, and numbers as numbers; what has fields only says that it is there. */
function compares(operator: Operator, found: Json, value: string): boolean {
  if (operator === ':' && value === '*') return true;
  if (typeof found === 'object') return false;
  if (operator === '=~' || operator === '!~')
    return new RegExp(value).test(String(found)) === (operator === '=~');
  if (typeof found === 'number') return holds(operator === ':' ? '=' : operator, found, Number(value));
  const [text, wanted] = [String(found).toLowerCase(), value.toLowerCase()];
  return operator === ':' ? text.includes(wanted) : holds(operator, text, wanted);
}

function holds<Value extends number | string>(operator: Operator, a: Value, b: Value): boolean {
  switch (operator) {
    case '!=':
      return a !== b;
    case '>':
      return a > b;
    case '<':
      return a < b;
    case '>=':
      return a >= b;
    case '<=':
      return a <= b;
    default:
      return a === b;
  }
}
