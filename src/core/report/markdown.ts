import { shown } from '../step/shown.ts';

/** A text from outside as Markdown that shows just this text, on one line. */
export function plain(text: string, limit = 500): string {
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

/** A table; cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A section, or nothing when it has no content. */
export function section(title: string, content: string): string[] {
  return content === '' ? [] : [`## ${title}\n\n${content}`];
}

/** JSON or other text as a block of code. */
export function block(text: string, language = ''): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}

/** `2026-11-21 14:31:07 UTC` */
export function instant(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}

/** A reason behind a sentence, where one was given. */
export function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${plain(reason)}`;
}
