import type { Json } from '../json.ts';
import { suggestion } from '../nearest.ts';

const operators: Record<string, string> = {
  '!_': '!',
  '-_': '-',
  '_?_:_': '… ? … : …',
  '@in': 'in',
  '_[_]': '[…]',
};

const types: Record<string, string> = {
  int: 'a number',
  uint: 'a number',
  double: 'a number',
  string: 'text',
  bool: 'true or false',
  null_type: 'null',
  list: 'a list',
  map: 'a map',
};

function typeInWords(type: string): string {
  return types[type] ?? (type.startsWith('list') ? 'a list' : type.startsWith('map') ? 'a map' : type);
}

function operatorInWords(name: string): string {
  return operators[name] ?? name.replace(/^_([^_\w]+)_$/, '$1');
}

/** The sentence for operands that an operator or a function does not take. */
function wrongTypes(name: string, target: string | undefined, list: string): string {
  const given = list === '' ? [] : list.split(', ').map(typeInWords);
  const all = target === undefined ? given : [typeInWords(target), ...given];
  const sentence = `${operatorInWords(name)} does not work on ${all.join(' and ') || 'nothing'}`;
  if (name === '_?_:_') return `the condition of … ? … : … must be true or false, not ${all[0]}`;
  if (name === '_+_' && all.includes('text')) return `${sentence}: write string(…) around what is not text`;
  return sentence;
}

/** The library's message in the words of a playbook's author. */
export function inWords(message: string): string {
  const overload = /^found no matching overload for '?(\S+?)'? applied to '(?:(\S+)\.)?\((.*)\)'$/.exec(
    message,
  );
  if (overload) return wrongTypes(overload[1] ?? '', overload[2], overload[3] ?? '');
  const type = /^type mismatch: expected bool, got (\S+)$/.exec(message);
  if (type) return `&& and || need true or false on both sides, not ${typeInWords(type[1] ?? '')}`;
  const loop = /^type mismatch: iterable vs (\S+)$/.exec(message);
  if (loop) return `only a list or a map can be gone through, not ${typeInWords(loop[1] ?? '')}`;
  const index = /^index (\S+) out of bounds/.exec(message);
  if (index) return `the list has no item ${index[1]}`;
  if (/(?:divide|modulus) by zero$/.test(message)) return 'division by zero';
  const int = /^Cannot convert (.*) to a BigInt$/s.exec(message);
  if (int) return `"${int[1]}" is not a whole number`;
  return message;
}

function isMap(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function whatItIs(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value)
    ? 'a list'
    : typeof value === 'object'
      ? 'a map'
      : JSON.stringify(value).slice(0, 40);
}

/** Why a path leads nowhere in a scope; undefined when it does lead somewhere. */
export function whyMissing(
  path: readonly string[],
  scope: Readonly<Record<string, Json>>,
): string | undefined {
  let value: Json = scope;
  for (const [depth, name] of path.entries()) {
    const where = path.slice(0, depth).join('.');
    if (!isMap(value)) return `${where} is ${whatItIs(value)}, so it has no "${name}"`;
    const next: Json | undefined = Object.hasOwn(value, name) ? value[name] : undefined;
    if (next === undefined) {
      const hint = suggestion(name, Object.keys(value));
      const sentence = where === '' ? `unknown name "${name}"` : `${where} has no "${name}"`;
      return hint === undefined ? sentence : `${sentence}: ${hint}`;
    }
    value = next;
  }
  return undefined;
}
