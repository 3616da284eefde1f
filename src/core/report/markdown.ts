import { shown } from '../step/shown.ts';
import type { Block, Report, Section, Words } from './model.ts';

/** A text from outside as Markdown that shows just this text, on one line. */
export function plain(text: string, limit = 2_000): string {
  return shown(text, limit).replace(/[\\`*_{}[\]<>|#~&]/g, (character) => `\\${character}`);
}

/** A text as code, whatever is in it; for a table's cell too. */
export function code(text: string, limit = 300): string {
  const line = shown(text, limit).replaceAll('|', '¦');
  const fence = '`'.repeat(longestRun(line) + 1);
  const space = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return line === '' ? '–' : `${fence}${space}${line}${space}${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
}

function inline(words: Words): string {
  if (typeof words === 'string') return plain(words);
  return 'code' in words ? code(words.code) : `**${plain(words.strong)}**`;
}

function tableOf(head: readonly string[], rows: readonly (readonly Words[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map((row) => line(row.map(inline)))].join('\n');
}

function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}json\n${text}\n${fence}`;
}

/** Words that follow each other keep the space between them, which `plain` alone would trim away. */
function sentenceOf(words: readonly Words[]): string {
  return words
    .map((word) =>
      typeof word === 'string' ? word.replace(/\S(?:[\s\S]*\S)?/, (text) => plain(text)) : inline(word),
    )
    .join('');
}

/** A block in Markdown; a chart's numbers stand in a table beside it, so that nothing is drawn here. */
function blockOf(block: Block): string[] {
  switch (block.kind) {
    case 'words':
      return [sentenceOf(block.words)];
    case 'table':
      return [tableOf(block.head, block.rows)];
    case 'facts':
      return [tableOf(['', ''], block.rows)];
    case 'text':
      return [`${sentenceOf(block.title)}:`, fenced(block.text)];
    case 'chart':
      return [];
  }
}

function sectionOf({ title, blocks }: Section, level: string): string[] {
  const inside = blocks.flatMap(blockOf);
  return inside.length === 0 ? [] : [`${level} ${plain(title)}`, ...inside];
}

/** A report as Markdown. */
export function toMarkdown({ title, summary, sections }: Report, level = 1): string {
  const heading = `${'#'.repeat(level)} ${plain(title)}`;
  const below = '#'.repeat(level + 1);
  const parts = [heading, ...blockOf(summary), ...sections.flatMap((section) => sectionOf(section, below))];
  return `${parts.join('\n\n')}\n`;
}
