import { nearest } from '../nearest.ts';
import { matchesWhole, maxTextLength } from './pattern.ts';
import type { Param } from './playbook.ts';

export type ParamValue = string | number | boolean;
export type Read = { value: ParamValue } | { problem: string };

/** What a parameter accepts, in words, for a message. */
export function accepts(param: Param): string {
  if (param.values !== undefined) return `one of ${param.values.join(', ')}`;
  if (param.pattern !== undefined) return `a text like ${param.pattern}`;
  return { string: 'a text', number: 'a number', boolean: 'true or false' }[param.type];
}

function typed(param: Param, text: string): ParamValue | undefined {
  if (param.type === 'string') return text;
  if (param.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text))
    ? Number(text)
    : undefined;
}

function shown(value: ParamValue): string {
  const text = String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** Holds a typed value against the parameter's values and pattern. */
export function checkParam(name: string, param: Param, value: ParamValue): string | undefined {
  if (typeof value !== param.type) return `${name} must be ${accepts(param)}, not ${shown(value)}`;
  if (typeof value === 'string' && value.length > maxTextLength) {
    return `${name} is longer than ${maxTextLength} characters`;
  }
  if (param.values !== undefined && !param.values.some((allowed) => allowed === value)) {
    const meant = nearest(String(value), param.values.map(String));
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    return `${name} must be ${accepts(param)}, not ${shown(value)}${hint}`;
  }
  if (param.pattern !== undefined && !matchesWhole(param.pattern, String(value))) {
    return `${name} must match ${param.pattern}, and ${shown(value)} does not`;
  }
  return undefined;
}

/** Reads what a person typed for a parameter. */
export function readParam(name: string, param: Param, text: string): Read {
  if (text.length > maxTextLength) return { problem: `${name} is longer than ${maxTextLength} characters` };
  const value = typed(param, text);
  if (value === undefined) return { problem: `${name} must be ${accepts(param)}, not ${shown(text)}` };
  const problem = checkParam(name, param, value);
  return problem === undefined ? { value } : { problem };
}

/** What a parameter is worth when this was typed for it, or nothing; `absent` where it has no value and needs none. */
export function readGiven(name: string, param: Param, text: string | undefined): Read | 'absent' {
  if (text !== undefined) return readParam(name, param, text);
  if (param.default !== undefined) return { value: param.default };
  if (!param.required) return 'absent';
  return { problem: `${name} is missing: give ${name}=<${accepts(param)}>` };
}
