import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import { inFileOrder, type Problem } from './problem.ts';
import { faultsIn, tooDeep } from './source-faults.ts';
import type { Path } from './walk.ts';

/** The largest file that is read, in bytes. */
export const maxFileSize = 1_000_000;
const maxAliases = 100;

/** A YAML file that was read: its value, and where everything stands. */
export interface Source {
  value: unknown;
  /** A problem at the value that a path leads to; at what is nearest to it when it leads nowhere. */
  problem(path: Path, message: string, hint?: string): Problem;
  /** A problem at the key itself. */
  keyProblem(path: Path, message: string, hint?: string): Problem;
  /** A problem within a text: at `inside`, which stands there, or so many characters after its beginning. */
  textProblem(path: Path, place: { inside: string; after?: number }, message: string, hint?: string): Problem;
}

function child(document: Document, node: unknown, key: string | number): unknown {
  const target = isAlias(node) ? node.resolve(document) : node;
  if (!isMap(target) && !isSeq(target)) return undefined;
  return target.get(isSeq(target) ? Number(key) : key, true);
}

/** The deepest node on the way to a path that is really there. */
function nodeAt(document: Document, path: Path): unknown {
  let node: unknown = document.contents;
  for (const key of path) {
    const next = child(document, node, key);
    if (!isNode(next)) return node;
    node = next;
  }
  return node;
}

function keyAt(document: Document, path: Path): unknown {
  const node = nodeAt(document, path.slice(0, -1));
  const target = isAlias(node) ? node.resolve(document) : node;
  if (!isMap(target)) return node;
  const pair = target.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
  return pair?.key ?? node;
}

function rangeOf(node: unknown): readonly [number, number] {
  const [from, to] = (isNode(node) ? node.range : undefined) ?? [0, 0];
  return [from, to];
}

function offsetOf(node: unknown): number {
  return rangeOf(node)[0];
}

function sourceOf(
  document: Document,
  text: string,
  place: (offset: number, message: string) => Problem,
): Source {
  const at = (offset: number, message: string, hint?: string): Problem => ({
    ...place(offset, message),
    ...(hint === undefined ? {} : { hint }),
  });
  return {
    value: document.toJS({ maxAliasCount: maxAliases }),
    problem: (path, message, hint) => at(offsetOf(nodeAt(document, path)), message, hint),
    keyProblem: (path, message, hint) => at(offsetOf(keyAt(document, path)), message, hint),
    textProblem(path, { inside, after = 0 }, message, hint) {
      const [from, to] = rangeOf(nodeAt(document, path));
      const found = text.indexOf(inside, from);
      return at(found >= 0 && found < to ? found + after : from, message, hint);
    },
  };
}

/** The parser's message without its excerpt: we show our own. */
function yamlMessage(message: string): string {
  const first = message.split('\n')[0] ?? message;
  const plain = first.replace(/ at line \d+, column \d+:?$/, '').replace(/:$/, '');
  if (/tab/i.test(plain)) return 'a tab: YAML is indented with spaces';
  return `not YAML: ${plain}`;
}

function start(file: string, message: string): { problems: Problem[] } {
  return { problems: [{ file, line: 1, column: 1, message }] };
}

function parse(text: string, file: string): Source | { problems: Problem[] } {
  const lines = new LineCounter();
  const place = (offset: number, message: string): Problem => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { file, line: Math.max(1, line), column: Math.max(1, col), message };
  };
  // The library compares each key with each other one: seconds for a large map. `faultsIn` looks them up.
  const options = {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    stringKeys: true,
    uniqueKeys: false,
  };
  const documents = parseAllDocuments(text, options);
  const [document, second] = Array.isArray(documents) ? documents : [];
  if (document === undefined || document.contents === null) return start(file, 'the file is empty');
  if (second !== undefined) {
    return {
      problems: [place(second.range[0], 'a second document in one file: put it in a file of its own')],
    };
  }
  const errors = [...document.errors, ...document.warnings];
  const overflow = errors.find(({ message }) => message.includes('call stack'));
  if (overflow !== undefined) return { problems: [place(overflow.pos[0], tooDeep)] };
  // What the parser finds after the first error mostly follows from it.
  const first = errors.sort((one, other) => one.pos[0] - other.pos[0])[0];
  if (first !== undefined) return { problems: [place(first.pos[0], yamlMessage(first.message))] };
  const faults = faultsIn(document.contents).map(({ offset, message }) => place(offset, message));
  return faults.length > 0 ? { problems: inFileOrder(faults) } : sourceOf(document, text, place);
}

/**
 * Reads one YAML document with the places of its values. Refuses at once what is over 1 MB, has more than one
 * document, repeats a key, nests too deep, or grows by its aliases. Never throws.
 */
export function readSource(text: string, file: string): Source | { problems: Problem[] } {
  const size = Buffer.byteLength(text);
  if (size > maxFileSize) return start(file, `the file has ${size} bytes; at most ${maxFileSize} are read`);
  try {
    return parse(text, file);
  } catch (fault) {
    if (fault instanceof ReferenceError) {
      return start(file, `too many aliases: at most ${maxAliases} values may come from them`);
    }
    if (fault instanceof RangeError) return start(file, tooDeep);
    return start(file, `not YAML: ${fault instanceof Error ? fault.message : String(fault)}`);
  }
}
