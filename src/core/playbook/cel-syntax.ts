import type { parse } from '@bufbuild/cel';

/** A node of a parsed expression. */
export type Expr = ReturnType<typeof parse>['expr'];

const present = (nodes: readonly (Expr | undefined)[]): Expr[] => nodes.filter((node) => node !== undefined);

/** The nodes right below this one, in the order in which they are written. */
export function children({ exprKind: kind }: Expr): Expr[] {
  switch (kind.case) {
    case 'selectExpr':
      return present([kind.value.operand]);
    case 'callExpr':
      return present([kind.value.target, ...kind.value.args]);
    case 'listExpr':
      return kind.value.elements;
    case 'structExpr':
      return kind.value.entries.flatMap((entry) =>
        present([entry.keyKind.case === 'mapKey' ? entry.keyKind.value : undefined, entry.value]),
      );
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } = kind.value;
      return present([iterRange, accuInit, loopCondition, loopStep, result]);
    }
    default:
      return [];
  }
}

/** This node and all below it. */
export function* nodes(expr: Expr): Generator<Expr> {
  yield expr;
  for (const child of children(expr)) yield* nodes(child);
}

export function nodeWithId(expr: Expr, id: bigint): Expr | undefined {
  for (const node of nodes(expr)) if (node.id === id) return node;
  return undefined;
}

function constantText(expr: Expr | undefined): string | undefined {
  if (expr?.exprKind.case !== 'constExpr') return undefined;
  const { constantKind } = expr.exprKind.value;
  return constantKind.case === 'stringValue' ? constantKind.value : undefined;
}

/** The names of `a.b["c"]`: `['a', 'b', 'c']`; undefined for anything else. */
export function pathOf({ exprKind: kind }: Expr): string[] | undefined {
  if (kind.case === 'identExpr') return [kind.value.name.replace(/^\./, '')];
  if (kind.case === 'selectExpr') {
    const path = kind.value.operand && pathOf(kind.value.operand);
    return path && [...path, kind.value.field];
  }
  if (kind.case !== 'callExpr' || kind.value.function !== '_[_]') return undefined;
  const [operand, index] = kind.value.args;
  const name = constantText(index);
  const path = operand && pathOf(operand);
  return path && name !== undefined ? [...path, name] : undefined;
}

function collect(expr: Expr, own: ReadonlySet<string>, into: string[][]): void {
  const path = pathOf(expr);
  if (path !== undefined) {
    if (!own.has(path[0] ?? '')) into.push(path);
    return;
  }
  if (expr.exprKind.case !== 'comprehensionExpr') {
    for (const child of children(expr)) collect(child, own, into);
    return;
  }
  const { iterRange, accuInit, loopCondition, loopStep, result, iterVar, accuVar } = expr.exprKind.value;
  const inner = new Set([...own, iterVar, accuVar]);
  for (const node of present([iterRange, accuInit])) collect(node, own, into);
  for (const node of present([loopCondition, loopStep, result])) collect(node, inner, into);
}

/** Every path that is read from outside the expression, once each, in the order of reading. */
export function pathsRead(expr: Expr): string[][] {
  const found: string[][] = [];
  collect(expr, new Set(), found);
  const seen = new Set<string>();
  return found.filter((path) => {
    const key = JSON.stringify(path);
    return !seen.has(key) && seen.add(key);
  });
}

/** The paths that the expression asks about with `has(…)`. */
export function pathsTested(expr: Expr): string[][] {
  const tested: string[][] = [];
  for (const node of nodes(expr)) {
    if (node.exprKind.case !== 'selectExpr' || !node.exprKind.value.testOnly) continue;
    const path = pathOf(node);
    if (path !== undefined) tested.push(path);
  }
  return tested;
}

/** Where a path is compared with a text that stands in the expression: `target == "green"`, `target in ["a"]`. */
export function comparisons(expr: Expr): { path: string[]; text: string }[] {
  const found: { path: string[]; text: string }[] = [];
  for (const { exprKind: kind } of nodes(expr)) {
    if (kind.case !== 'callExpr' || !['_==_', '_!=_', '@in'].includes(kind.value.function)) continue;
    const sides = kind.value.args.flatMap((side) =>
      side.exprKind.case === 'listExpr' ? children(side) : [side],
    );
    const path = sides.map(pathOf).find((one) => one !== undefined);
    for (const text of sides.map(constantText)) if (path && text !== undefined) found.push({ path, text });
  }
  return found;
}
