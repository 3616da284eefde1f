import { type CelError, type CelInput, type CelResult, isCelError, parse, plan } from '@bufbuild/cel';
import type { Json } from '../json.ts';
import { suggestion } from '../nearest.ts';
import { countLoops, environment, functionNames, metered } from './cel-environment.ts';
import { type Expr, nodes, nodeWithId, pathOf, pathsRead, pathsTested } from './cel-syntax.ts';
import { fromCel, maxValues, meterOf, toCel } from './cel-values.ts';
import { inWords, whyMissing } from './cel-words.ts';

/** The longest expression that is read, in characters. */
export const maxExpressionLength = 4_096;

/** Less than a second of work at the very most; a usual expression needs a few dozen. */
const maxWork = 1_000_000;

/** What expressions may read, by name. */
export type Names = Readonly<Record<string, Json>>;

type Program = (bindings: Record<string, CelInput>) => CelResult;

/** A CEL expression that was read and planned once, and can be evaluated any number of times. */
export interface Expression {
  readonly source: string;
  readonly tree: Expr;
  readonly program: Program;
}

/** An expression that has no value for this scope; the message is one clear sentence. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

/** Why an expression can't be read; `at` is the place in its text, counted from 0. */
export interface Unreadable {
  error: string;
  at: number;
}

function unreadable(source: string, fault: unknown): Unreadable {
  const found: unknown = fault instanceof Error && 'found' in fault ? fault.found : undefined;
  const at = placeIn(source, offsetOf(fault) ?? 0);
  if (fault instanceof RangeError) return { error: 'the expression is nested too deeply', at: 0 };
  if (at >= source.trimEnd().length) return { error: 'the expression ends too early', at };
  const word = typeof found === 'string' ? found : source.charAt(at);
  if (word === '=') return { error: 'unexpected "=": two values are compared with ==', at };
  if (word === '"' || word === "'") return { error: `a text that begins with ${word} is not closed`, at };
  return { error: `unexpected "${word}" at character ${at + 1}`, at };
}

function offsetOf(fault: unknown): number | undefined {
  if (!(fault instanceof Error) || !('location' in fault)) return undefined;
  const { location } = fault as { location?: { start?: { offset?: number } } };
  return location?.start?.offset;
}

function unknownFunction(tree: Expr): string | undefined {
  for (const { exprKind } of nodes(tree)) {
    if (exprKind.case !== 'callExpr') continue;
    const name = exprKind.value.function;
    if (!/^[a-z]/i.test(name) || functionNames.includes(name)) continue;
    if (name === 'has') return 'has(…) takes a name with a dot, such as has(steps.flip.output)';
    const hint = suggestion(name, functionNames);
    return `there is no function "${name}"${hint?.startsWith('did') ? `: ${hint}` : ''}`;
  }
  return undefined;
}

/** Expressions are read again and again while a rollout runs, and are the same few. */
const known = new Map<string, Expression>();
const maxKnown = 1_000;

/** Reads an expression: CEL with its string functions. Never throws. */
export function parseExpression(source: string): { ok: Expression } | Unreadable {
  const before = known.get(source);
  if (before !== undefined) return { ok: before };
  const parsed = read(source);
  if ('error' in parsed) return parsed;
  if (known.size >= maxKnown) known.clear();
  known.set(source, parsed.ok);
  return parsed;
}

/** A text in quotes, or a step whose id has dashes: CEL alone would read those as minus. */
const dashed = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?<![\w.])steps\.([a-z][a-z0-9]*(?:-[a-z0-9]+)+)/g;

/** `steps.freeze-writes.started` for `steps["freeze-writes"].started`: nothing is ever taken away from a step. */
function withDashes(source: string): string {
  return source.replace(dashed, (found: string, id: string | undefined) =>
    id === undefined ? found : `steps["${id}"]`,
  );
}

/** Where a place in the text with brackets stands in the source. */
function placeIn(source: string, at: number): number {
  let added = 0;
  for (const { index, 0: found, 1: id } of source.matchAll(dashed)) {
    if (id !== undefined && index + found.length + added < at) added += '[""]'.length - '.'.length;
  }
  return at - added;
}

function read(source: string): { ok: Expression } | Unreadable {
  if (source.length > maxExpressionLength) {
    return { error: `the expression is longer than ${maxExpressionLength} characters`, at: 0 };
  }
  if (source.trim() === '') return { error: 'the expression is empty', at: 0 };
  const bracketed = withDashes(source);
  try {
    const tree = parse(bracketed).expr;
    const error = unknownFunction(tree);
    if (error !== undefined) return { error, at: 0 };
    const planned = structuredClone(tree);
    countLoops(planned);
    return { ok: { source, tree, program: plan(environment, planned) } };
  } catch (fault) {
    return unreadable(source, fault);
  }
}

/** What the expression reads from its scope: paths such as `['steps', 'flip', 'before']`. */
export function references(expression: Expression): string[][] {
  return pathsRead(expression.tree);
}

/** The references that the expression does not ask about with `has(…)` first. */
export function readsSurely(expression: Expression): string[][] {
  const tested = new Set(pathsTested(expression.tree).map((path) => path.join('.')));
  return references(expression).filter(
    (path) => !path.some((_, depth) => tested.has(path.slice(0, depth + 1).join('.'))),
  );
}

function explain(error: CelError, expression: Expression, scope: Names): string {
  const node = error.exprId === undefined ? undefined : nodeWithId(expression.tree, error.exprId);
  const path = node && pathOf(node);
  const field = /^field not found: (.*)$/s.exec(error.message)?.[1];
  if (path !== undefined && (field !== undefined || error.message === 'unresolved attribute')) {
    const whole = field === undefined || path.at(-1) === field ? path : [...path, field];
    const known = references(expression).some(([root]) => root === whole[0]);
    const why = known ? whyMissing(whole, scope) : undefined;
    if (why !== undefined) return why;
  }
  if (field !== undefined) return `there is no "${field}"${path ? ` in ${path.slice(0, -1).join('.')}` : ''}`;
  return inWords(error.message);
}

function bind(expression: Expression, scope: Names): Record<string, CelInput> {
  const tooMany = () => new ExpressionError(`the values are too large: more than ${maxValues} in all`);
  const meter = meterOf(maxValues, tooMany);
  const bindings: Record<string, CelInput> = Object.create(null);
  for (const [name] of references(expression)) {
    if (name === undefined || name in bindings || !Object.hasOwn(scope, name)) continue;
    const value = scope[name];
    if (value !== undefined) bindings[name] = toCel(value, meter);
  }
  return bindings;
}

function run(expression: Expression, scope: Names): CelResult {
  let exhausted: ExpressionError | undefined;
  const meter = meterOf(maxWork, () => {
    exhausted = new ExpressionError('the expression needs too much work: go through shorter lists');
    return exhausted;
  });
  const bindings = bind(expression, scope);
  const result = metered(meter, () => expression.program(bindings));
  if (exhausted !== undefined) throw exhausted;
  return result;
}

/**
 * The value of an expression for these names, as plain JSON. Throws an `ExpressionError` that says what is wrong:
 * an unknown name with the nearest known one, values that don't go together, a division by zero, too much work.
 */
export function evaluate(expression: Expression, scope: Names): Json {
  const result = run(expression, scope);
  if (isCelError(result)) throw new ExpressionError(explain(result, expression, scope), { cause: result });
  try {
    return fromCel(
      result,
      meterOf(maxValues, () => new RangeError('the result is too large')),
    );
  } catch (cause) {
    if (cause instanceof RangeError) throw new ExpressionError(cause.message, { cause });
    throw cause;
  }
}
