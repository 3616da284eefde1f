import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../architecture/source.ts';

/** The documents that people read. */
export const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'docs/operations.md',
  'docs/playbooks.md',
  'docs/alerts.md',
  'docs/coverage.md',
  'docs/google.md',
  'docs/demo-aether.md',
];

export function readDocument(name: string): string {
  return readFileSync(join(root, name), 'utf8');
}

/** The blocks of code that name a file after their language. */
export function namedBlocks(document: string): Map<string, string> {
  const found = document.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms);
  return new Map(Array.from(found, ([, name = '', text = '']) => [name, text]));
}

/** What stands in backticks, and each line of the indented blocks, without their comments. */
export function codeIn(document: string): string[] {
  const spans = Array.from(document.matchAll(/`([^`\n]+)`/g), ([, text = '']) => text);
  const lines = Array.from(document.matchAll(/^ {4}(\S.*)$/gm), ([, text = '']) => text);
  return [...spans, ...lines.map((line) => line.replace(/\s{2,}#.*$/, ''))];
}

/** The targets of links and pictures. */
export function linksIn(document: string): string[] {
  return Array.from(document.matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target);
}

/** The anchors that GitHub gives the headings. */
export function anchorsOf(document: string): string[] {
  return Array.from(document.matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
