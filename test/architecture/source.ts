import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync, visitorKeys } from 'oxc-parser';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A node of the syntax tree, as far as the rules look at it. */
export interface SyntaxNode {
  type: string;
  [key: string]: unknown;
}

/** One source file, parsed. */
export interface SourceFile {
  /** From the root of the repository, with slashes. */
  path: string;
  lines: number;
  /** What it imports, of whatever form: types, values, re-exports, `import()`. A relative one is resolved to a path. */
  imports: readonly string[];
  nodes: readonly SyntaxNode[];
}

export function sourceFile(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0]?.message}`);
  const nodes = [...walk(program)];
  const imports = nodes.map(importOf).filter((specifier) => specifier !== undefined);
  return {
    path,
    lines: text.trimEnd().split('\n').length,
    imports: imports.map((name) => resolve(path, name)),
    nodes,
  };
}

/** All TypeScript files under a folder of the repository. */
export function sourceFiles(folder: string): SourceFile[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.ts')).sort();
  return files.map((name) => {
    const path = posix.join(folder, name.replaceAll('\\', '/'));
    return sourceFile(path, readFileSync(join(root, path), 'utf8'));
  });
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : specifier;
}

const importing = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
]);

function importOf(node: SyntaxNode): string | undefined {
  if (!importing.has(node.type)) return undefined;
  const source = node.source;
  if (source === null || source === undefined) return undefined;
  const value = isNode(source) ? source.value : undefined;
  if (typeof value !== 'string') return 'a computed name';
  return value;
}

function* walk(node: unknown): Generator<SyntaxNode> {
  if (!isNode(node)) return;
  yield node;
  for (const key of visitorKeys[node.type] ?? []) {
    const child = node[key];
    for (const item of Array.isArray(child) ? child : [child]) yield* walk(item);
  }
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** `a.b` of a member expression over plain names, or the name of an identifier; undefined for anything else. */
export function dottedName(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'Identifier' && typeof node.name === 'string') return node.name;
  if (node.type !== 'MemberExpression' || node.computed) return undefined;
  const object = dottedName(node.object);
  const property = dottedName(node.property);
  return object && property ? `${object}.${property}` : undefined;
}
