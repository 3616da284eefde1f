import { isAlias, isMap, isNode, isPair, isScalar, isSeq, type Node } from 'yaml';

const maxDepth = 40;

/** The sentence for a file that is nested beyond reason. */
export const tooDeep = `nested over ${maxDepth} levels deep`;

/** Something wrong at an offset of the text. */
export interface Fault {
  offset: number;
  message: string;
}

interface Walk {
  faults: Fault[];
  anchors: Set<string>;
  /** The anchors of the nodes that we are in. */
  within: readonly string[];
  depth: number;
}

function fault(walk: Walk, node: unknown, message: string): void {
  walk.faults.push({ offset: (isNode(node) ? node.range?.[0] : undefined) ?? 0, message });
}

function checkKeys(walk: Walk, keys: readonly unknown[]): void {
  const seen = new Set<unknown>();
  for (const key of keys) {
    if (!isScalar(key)) continue;
    if (seen.has(key.value)) fault(walk, key, `the key "${String(key.value)}" stands here twice`);
    seen.add(key.value);
  }
}

function checkAlias(walk: Walk, node: Node & { source: string }): void {
  if (walk.within.includes(node.source)) fault(walk, node, `*${node.source} stands within what it names`);
  else if (!walk.anchors.has(node.source)) fault(walk, node, `nothing is named &${node.source} above`);
}

function anchored(walk: Walk, node: unknown): Walk {
  const anchor = (isMap(node) || isSeq(node) || isScalar(node)) && node.anchor;
  if (!anchor) return walk;
  walk.anchors.add(anchor);
  return { ...walk, within: [...walk.within, anchor] };
}

function visit(outer: Walk, node: unknown): void {
  const walk = anchored(outer, node);
  if (isAlias(node)) checkAlias(walk, node);
  else if (!isMap(node) && !isSeq(node)) return;
  else if (walk.depth >= maxDepth) fault(walk, node, tooDeep);
  else {
    const below = { ...walk, depth: walk.depth + 1 };
    if (isMap(node))
      checkKeys(
        walk,
        node.items.map(({ key }) => key),
      );
    for (const item of node.items) visit(below, isPair(item) ? item.value : item);
  }
}

/** What the parser leaves to us: keys that stand twice, aliases of nothing or of themselves, endless nesting. */
export function faultsIn(contents: unknown): Fault[] {
  const walk: Walk = { faults: [], anchors: new Set(), within: [], depth: 0 };
  visit(walk, contents);
  return walk.faults;
}
