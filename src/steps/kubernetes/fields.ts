import { canonicalJson, type Json } from '../../core/json.ts';
import type { KubernetesObject } from '../../ports/kubernetes.ts';

type Tree = { [field: string]: Json };

/** Values by their path, as in `spec.selector`; null: it isn't there. */
export type Fields = Record<string, Json>;

/** What stands at these paths. */
export function fieldsOf(object: KubernetesObject, paths: readonly string[]): Fields {
  return Object.fromEntries(paths.map((path) => [path, valueAt(object, path.split('.'))]));
}

function valueAt(from: unknown, path: readonly string[]): Json {
  const [first, ...rest] = path;
  if (first === undefined) return (from ?? null) as Json;
  if (typeof from !== 'object' || from === null) return null;
  return valueAt((from as Record<string, unknown>)[first], rest);
}

export function sameFields(a: Fields, b: Fields): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/** The merge patch (RFC 7396) that makes `now` into `wanted`; maps are changed entry by entry, lists are whole. */
export function patchOf(now: Fields, wanted: Fields): Tree {
  const patch: Tree = {};
  for (const [path, value] of Object.entries(wanted)) {
    const change = changeOf(now[path] ?? null, value);
    if (change !== undefined) put(patch, path.split('.'), change);
  }
  return patch;
}

function changeOf(now: Json, wanted: Json): Json | undefined {
  if (canonicalJson(now) === canonicalJson(wanted)) return undefined;
  if (!isTree(now) || !isTree(wanted)) return wanted;
  const change: Tree = {};
  for (const name of new Set([...Object.keys(now), ...Object.keys(wanted)])) {
    const part = changeOf(now[name] ?? null, wanted[name] ?? null);
    if (part !== undefined) change[name] = part;
  }
  return change;
}

function isTree(value: Json): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function put(patch: Tree, path: readonly string[], value: Json): void {
  const [first, ...rest] = path;
  if (first === undefined) return;
  if (rest.length === 0) {
    patch[first] = value;
    return;
  }
  const inner = patch[first];
  const tree: Tree = inner !== undefined && isTree(inner) ? inner : {};
  patch[first] = tree;
  put(tree, rest, value);
}

/** The values at every leaf that `applied` sets, as a merge patch that puts them back; lists are leaves. */
export function underneath(live: Json, applied: Json): Json {
  if (!isTree(applied) || !isTree(live)) return live;
  return Object.fromEntries(
    Object.entries(applied).map(([name, value]) => [name, underneath(live[name] ?? null, value)]),
  );
}
