import {
  type CelFunc,
  type CelList,
  CelScalar,
  type CelType,
  type CelValue,
  celEnv,
  celFunc,
  celList,
  celMethod,
  isCelError,
  isCelList,
  isCelMap,
  listType,
} from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import type { Expr } from './cel-syntax.ts';
import { nodes } from './cel-syntax.ts';
import type { Meter } from './cel-values.ts';

const { BOOL, DOUBLE, DYN, INT, STRING } = CelScalar;
const LIST = listType(DYN);
const TICK = '@tick';
const maxText = 1_000_000;

const standard = celEnv({ funcs: strings }).funcs;

/** The meter of the evaluation under way: evaluations are synchronous, so there is one at most. */
let running: Meter = () => {};

/** Evaluates with a meter that counts the work, and throws its error when there is too much. */
export function metered<T>(meter: Meter, evaluate: () => T): T {
  running = meter;
  try {
    return evaluate();
  } finally {
    running = () => {};
  }
}

function callStandard(name: string, args: CelValue[]): CelValue {
  const result = standard.find(name)?.call(0, undefined, args);
  if (result === undefined) throw new TypeError(`no ${name} for these values`);
  if (isCelError(result)) throw result;
  return result;
}

/** Counts a value with all that is nested in it. */
function weigh(value: CelValue): void {
  running(1);
  if (isCelList(value)) for (const item of value) weigh(item);
  else if (isCelMap(value)) for (const item of value.values()) weigh(item);
}

function weighed(name: string): (left: CelValue, right: CelValue) => boolean {
  return (left, right) => {
    weigh(left);
    weigh(right);
    return callStandard(name, [left, right]) === true;
  };
}

function bounded(text: string): string {
  if (text.length > maxText) throw new RangeError('a text grows over 1 MB');
  return text;
}

function divide(left: number, right: number): number {
  if (right === 0) throw new RangeError('division by zero');
  return left / right;
}

function remainder(left: number, right: number): number {
  if (right === 0) throw new RangeError('division by zero');
  return left % right;
}

/**
 * Arithmetic between numbers of data (doubles) and whole numbers written in the expression (ints), which CEL
 * leaves out. Dividing two numbers of which one is data is exact: `errors / 3` is never rounded down.
 */
function mixed(name: string, calculate: (left: number, right: number) => number): CelFunc[] {
  return [
    celFunc(name, [DOUBLE, DOUBLE], DOUBLE, calculate),
    celFunc(name, [INT, DOUBLE], DOUBLE, (left, right) => calculate(Number(left), right)),
    celFunc(name, [DOUBLE, INT], DOUBLE, (left, right) => calculate(left, Number(right))),
  ];
}

const arrays = new WeakMap<CelList, CelValue[]>();

/** The library's own chains one link a step, and ends in a stack overflow at a few thousand. */
function concatenate(left: CelList, right: CelList): CelList {
  running(1 + Math.ceil((left.size + right.size) / 16));
  const joined = (arrays.get(left) ?? [...left]).concat(arrays.get(right) ?? [...right]);
  const list = celList(joined);
  arrays.set(list, joined);
  return list;
}

function toInt(value: CelValue): CelValue {
  if (typeof value !== 'number') return value;
  if (!Number.isInteger(value)) throw new RangeError(`a whole number is needed, not ${value}`);
  return BigInt(value);
}

/** The characters in a value, with all that is nested in it. */
function lengthOf(value: CelValue): number {
  running(1);
  if (typeof value === 'string') return value.length;
  if (isCelMap(value)) return value.size + lengthOf(celList([...value.values()]));
  if (!isCelList(value)) return 1;
  let total = value.size;
  for (const item of value) total += lengthOf(item);
  return total;
}

/** The most characters that one call of a string function may make: `replace` and `join` multiply lengths. */
function longest(target: CelValue, given: readonly CelValue[]): number {
  const inserted = Math.max(1, ...given.map(lengthOf));
  return isCelList(target) ? lengthOf(target) + target.size * inserted : (lengthOf(target) + 1) * inserted;
}

const growing = new Set(['replace', 'join', 'format', 'quote']);

/** A string function whose result is bounded, and that takes `n` from data where it wants a whole number. */
function stringMethod(func: CelFunc, parameters: readonly CelType[]): CelFunc[] {
  const { name, target, result: type } = func;
  if (target === undefined) return [func];
  const method = celMethod(name, target, parameters, type, function (this: CelValue, ...given: CelValue[]) {
    running(1 + given.length);
    if (growing.has(name) && longest(this, given) > maxText)
      throw new RangeError(`${name} makes a text of over 1 MB`);
    const result = func.call(0, this, given.map(toInt));
    if (result === undefined || isCelError(result)) throw result ?? new TypeError(`wrong values for ${name}`);
    if (isCelList(result)) running(result.size);
    return result;
  });
  return [method];
}

const stringFunctions = strings.flatMap((func) => [
  ...stringMethod(func, func.arguments),
  ...(func.arguments.includes(INT)
    ? stringMethod(
        func,
        func.arguments.map((type) => (type === INT ? DOUBLE : type)),
      )
    : []),
]);

const functions: CelFunc[] = [
  ...stringFunctions,
  ...mixed('_+_', (left, right) => left + right),
  ...mixed('_-_', (left, right) => left - right),
  ...mixed('_*_', (left, right) => left * right),
  ...mixed('_/_', divide),
  ...mixed('_%_', remainder),
  celFunc('_+_', [STRING, STRING], STRING, (left, right) => bounded(left + right)),
  celFunc('_+_', [LIST, LIST], LIST, concatenate),
  celFunc('_==_', [DYN, DYN], BOOL, weighed('_==_')),
  celFunc('_!=_', [DYN, DYN], BOOL, weighed('_!=_')),
  celFunc('@in', [DYN, LIST], BOOL, weighed('@in')),
  celFunc(TICK, [BOOL, INT], BOOL, (goOn, cost) => {
    running(Number(cost));
    return goOn;
  }),
];

/** CEL with the string functions, arithmetic over data, and work that is counted. */
export const environment = celEnv({ funcs: functions });

/** The names that a playbook may call. */
export const functionNames: readonly string[] = [
  ...new Set(Array.from(environment.funcs, (func) => func.name).filter((name) => /^[a-z]/i.test(name))),
];

const base = { $typeName: 'cel.expr.Expr', id: 0n } as const;

function whole(value: number): Expr {
  return {
    ...base,
    exprKind: {
      case: 'constExpr',
      value: {
        $typeName: 'cel.expr.Constant',
        constantKind: { case: 'int64Value', value: BigInt(value) },
      },
    },
  };
}

function ticking(condition: Expr, cost: number): Expr {
  return {
    ...base,
    exprKind: {
      case: 'callExpr',
      value: { $typeName: 'cel.expr.Expr.Call', function: TICK, args: [condition, whole(cost)] },
    },
  };
}

/** Makes every turn of every loop count what it costs. Changes the tree in place. */
export function countLoops(expr: Expr): void {
  for (const node of [...nodes(expr)]) {
    if (node.exprKind.case !== 'comprehensionExpr') continue;
    const loop = node.exprKind.value;
    if (loop.loopCondition === undefined || loop.loopStep === undefined) continue;
    loop.loopCondition = ticking(loop.loopCondition, [...nodes(loop.loopStep)].length);
  }
}
