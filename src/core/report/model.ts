import type { Chart } from '../rollout/event.ts';

/** A piece of text as it is meant, never markup: whoever renders it escapes it. */
export type Words = string | { code: string } | { strong: string };

/** What a section is made of, in the order of reading. */
export type Block =
  | { kind: 'words'; words: readonly Words[] }
  | { kind: 'table'; head: readonly string[]; rows: readonly (readonly Words[])[] }
  | { kind: 'facts'; rows: readonly (readonly [string, Words])[] }
  | { kind: 'text'; title: readonly Words[]; text: string }
  | { kind: 'chart'; chart: Chart };

export interface Section {
  title: string;
  blocks: readonly Block[];
}

/** A report in neutral form: what is said, not how it looks. Its summary stands first, under the title. */
export interface Report {
  id: string;
  title: string;
  summary: Block;
  sections: readonly Section[];
}

/** A paragraph. */
export function words(...said: readonly Words[]): Block {
  return { kind: 'words', words: said };
}

/** A table, or nothing where it would have no rows. */
export function table(head: readonly string[], rows: readonly (readonly Words[])[]): Block[] {
  return rows.length === 0 ? [] : [{ kind: 'table', head, rows }];
}

/** A section, or nothing where it would be empty. */
export function section(title: string, blocks: readonly Block[]): Section[] {
  return blocks.length === 0 ? [] : [{ title, blocks }];
}
