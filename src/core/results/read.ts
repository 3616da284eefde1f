import { z } from 'zod';
import { shown } from '../step/shown.ts';
import { readJunit } from './junit.ts';
import { readNpmAudit } from './npm-audit.ts';
import { readPipAudit } from './pip-audit.ts';
import { readPlaywright } from './playwright.ts';
import type { Read } from './results.ts';
import { readVitest } from './vitest.ts';

/** The longest report that is read, in bytes of a file and in characters of an output. */
export const longestReport = 4 * 1024 * 1024;

/** What a JSON report begins with; `npm run` prints lines of its own before it. */
const firstBrace = /^[ \t]*\{/m;

const ofJson = (read: (json: unknown) => Read) => (text: string) => {
  const from = text.search(firstBrace);
  return from < 0 ? { unusable: 'there is no JSON in it' } : read(JSON.parse(text.slice(from)));
};

const readers = {
  pytest: readJunit,
  vitest: ofJson(readVitest),
  playwright: ofJson(readPlaywright),
  'npm-audit': ofJson(readNpmAudit),
  'pip-audit': ofJson(readPipAudit),
} satisfies Record<string, (text: string) => Read>;

/** The programs whose reports can be read. */
export const reporters = Object.keys(readers) as [keyof typeof readers, ...(keyof typeof readers)[]];
export type Reporter = keyof typeof readers;

function whyNot(error: unknown): string {
  if (error instanceof z.ZodError) {
    const [issue] = error.issues;
    const where = issue?.path.join('.') ?? '';
    return `it is not what this program writes (${shown(`${where}: ${issue?.message}`, 160)})`;
  }
  const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  return `it is not whole: ${shown(why, 160)}`;
}

/** Reads a program's report. Never throws: whatever isn't just that is unusable, in one sentence. */
export function readReport(reporter: Reporter, text: string): Read {
  if (text.length > longestReport) return { unusable: `it is longer than ${longestReport} characters` };
  if (text.trim() === '') return { unusable: 'it is empty' };
  try {
    return readers[reporter](text);
  } catch (error) {
    return { unusable: whyNot(error) };
  }
}
